import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** What differs from what is shipped, since it is tried in a minute, and by an emulator. */
export interface RelayedFor {
  /** Of the function that is the listener. */
  readonly functionName: string;
  /** For that function, besides its own. */
  readonly environment: Readonly<Record<string, string>>;
  /** How long an invocation may take. */
  readonly invocationSeconds: number;
  /** After so long without being called back the emulator, which knows no heartbeats, takes a relay for dead. */
  readonly silenceSeconds: number;
  /** So many turns to an execution. */
  readonly turns: number;
}

const templateSchema = z.looseObject({
  Resources: z.record(
    z.string(),
    z.looseObject({ Type: z.string(), Properties: z.looseObject({}).optional() }),
  ),
});
const functionSchema = z.looseObject({
  FunctionName: z.string().optional(),
  Role: z.unknown(),
  Environment: z.object({ Variables: z.record(z.string(), z.unknown()) }).optional(),
});
const stateMachineSchema = z.looseObject({ DefinitionString: z.string() });
const definitionSchema = z.looseObject({
  States: z.looseObject({
    Relay: z.looseObject({ Arguments: z.looseObject({ FunctionName: z.string() }) }),
    Decide: z.looseObject({
      Choices: z.tuple([z.looseObject({}), z.looseObject({ Condition: z.string() })]),
    }),
  }),
});

/** The emulator waits for a function that a state machine invokes, whatever `InvocationType` says; this one it waits for in vain. */
const STARTER = `const http = require('node:http');
exports.handler = (event) => new Promise((resolve, reject) => {
  const request = http.request(
    process.env.AWS_ENDPOINT_URL + '/2015-03-31/functions/' + process.env.STARTED + '/invocations',
    { method: 'POST', headers: { 'X-Amz-Invocation-Type': 'Event' } },
    (answer) => { answer.resume(); answer.on('end', () => resolve(answer.statusCode)); },
  );
  request.on('error', reject);
  request.end(JSON.stringify(event));
});`;

/** Puts other times into a synthesised assembly, and what the emulator needs besides. All else stays as it is shipped. */
export async function relayOnEmulator(assembly: string, relayed: RelayedFor): Promise<void> {
  const { functionName, environment, invocationSeconds, silenceSeconds, turns } = relayed;
  const starter = `${functionName}-starter`;
  for (const file of (await readdir(assembly)).filter((name) => name.endsWith('.template.json'))) {
    const template = templateSchema.parse(JSON.parse(await readFile(join(assembly, file), 'utf8')));
    for (const { Type, Properties } of Object.values(template.Resources)) {
      if (Properties === undefined) continue;
      if (Type === 'AWS::Lambda::Function') {
        const { FunctionName, Role, Environment } = functionSchema.parse(Properties);
        if (FunctionName !== functionName) continue;
        Object.assign(Properties, {
          Timeout: invocationSeconds,
          Environment: { Variables: { ...Environment?.Variables, ...environment } },
        });
        template.Resources['Starter'] = {
          Type,
          Properties: {
            FunctionName: starter,
            Role,
            Handler: 'index.handler',
            Runtime: 'nodejs24.x',
            Code: { ZipFile: STARTER },
            Environment: { Variables: { STARTED: functionName } },
          },
        };
      } else if (Type === 'AWS::StepFunctions::StateMachine') {
        const { DefinitionString } = stateMachineSchema.parse(Properties);
        const definition = definitionSchema.parse(JSON.parse(DefinitionString));
        const { Relay, Decide } = definition.States;
        Relay.Arguments.FunctionName = starter;
        Object.assign(Relay, { TimeoutSeconds: silenceSeconds });
        Decide.Choices[1].Condition = Decide.Choices[1].Condition.replace(/\d+/, String(turns));
        Object.assign(Properties, { DefinitionString: JSON.stringify(definition) });
      } else if (Type === 'AWS::Scheduler::Schedule') {
        Object.assign(Properties, { ScheduleExpression: 'rate(1 minute)' });
      }
    }
    await writeFile(join(assembly, file), JSON.stringify(template));
  }
}
