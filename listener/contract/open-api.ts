import { z } from 'zod';
import { type DetailType, eventSchemas } from './event.ts';
import { CONTRACT_VERSION, DETAIL_TYPES } from './vocabulary.ts';

/** One detail-type's whole event, as EventBridge's schema registry takes it. */
export interface RegistrySchema {
  readonly detailType: DetailType;
  /** The event in one word, `ConversationUpdated`: what code bindings call its detail. */
  readonly name: string;
  /** OpenAPI 3.0, as text in ASCII. The registry makes a new version of it when it differs from the last. */
  readonly text: string;
}

type Names = ReturnType<typeof z.registry<{ id: string }>>;

/** The contract as OpenAPI 3.0, out of the same source as the types and the JSON Schema files. */
export function registrySchemas(): RegistrySchema[] {
  return Object.values(DETAIL_TYPES).map((detailType) => {
    const name = pascal(detailType);
    const document = {
      openapi: '3.0.0',
      info: { title: name, version: CONTRACT_VERSION },
      paths: {},
      components: { schemas: componentsOf(detailType, name) },
    };
    return { detailType, name, text: ascii(JSON.stringify(document)) };
  });
}

/** Every object has a name of its own, since bindings make a class of each. `AWSEvent` is what the registry's own schemas have. */
function componentsOf(detailType: DetailType, name: string): Record<string, unknown> {
  const event = eventSchemas[detailType];
  const { detail } = event.shape;
  const names: Names = z.registry();
  names.add(event, { id: 'AWSEvent' });
  names.add(detail, { id: name });
  nameMembers(detail, names);
  const { schemas } = z.toJSONSchema(names, {
    target: 'openapi-3.0',
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ jsonSchema }) => {
      // The format says it; the pattern would be half of the document.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      openEnum(jsonSchema);
    },
  });
  return Object.fromEntries(
    Object.entries(schemas).map(([id, { $id: _, ...schema }]) => [
      id,
      id === 'AWSEvent' ? { ...schema, 'x-amazon-events-detail-type': detailType } : schema,
    ]),
  );
}

function nameMembers(object: z.ZodType, names: Names): void {
  if (!(object instanceof z.ZodObject)) return;
  const members: [string, unknown][] = Object.entries(object.shape);
  for (const [name, member] of members) {
    const [schema, id] =
      member instanceof z.ZodArray
        ? [member.element, pascal(name.replace(/s$/, ''))]
        : [member, pascal(name)];
    if (!(schema instanceof z.ZodObject) || names.has(schema)) continue;
    names.add(schema, { id });
    nameMembers(schema, names);
  }
}

/** "One of these, or another text" is a text: bindings can make nothing of a choice that excludes nothing. */
function openEnum(schema: z.core.JSONSchema.BaseSchema): void {
  const [known, any] = schema.anyOf ?? [];
  if (known?.enum === undefined || any?.type !== 'string' || any.enum !== undefined) return;
  delete schema.anyOf;
  schema.type = 'string';
  schema['x-known-values'] = known.enum;
}

function pascal(words: string): string {
  return words.replace(/(?:^| )(\w)/g, (_, letter: string) => letter.toUpperCase());
}

/** CloudFormation spoils what is not ASCII. */
function ascii(json: string): string {
  return json.replace(
    /[^ -~]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
