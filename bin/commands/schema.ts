import { Argument, Command } from 'commander';
import { jsonSchemas } from '../../listener/contract/json-schema.ts';
import { UsageError } from '../exit.ts';

const HELP = `
Without a detail-type all schemas are printed, as one JSON object by detail-type.

Examples:
  conversation-bridge schema
  conversation-bridge schema "Conversation Updated" > conversation-updated.json`;

/** `schema`: the contract as JSON Schema. */
export function schemaCommand(): Command {
  return new Command('schema')
    .description('Print the JSON Schema of the events that consumers receive')
    .addArgument(new Argument('[detail-type]', 'such as "Conversation Updated"'))
    .addHelpText('after', HELP)
    .action((detailType: string | undefined) => {
      const schemas = jsonSchemas();
      if (detailType === undefined) {
        const byDetailType = schemas.map((schema) => [schema.detailType, JSON.parse(schema.text)]);
        process.stdout.write(`${JSON.stringify(Object.fromEntries(byDetailType), null, 2)}\n`);
        return;
      }
      const wanted = schemas.find((schema) => schema.detailType.toLowerCase() === detailType.toLowerCase());
      const known = schemas.map((schema) => `"${schema.detailType}"`).join(', ');
      if (!wanted) throw new UsageError(`there is no detail-type "${detailType}"; there are ${known}`);
      process.stdout.write(wanted.text);
    });
}
