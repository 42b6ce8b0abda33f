import { Ajv, type ValidateFunction } from 'ajv';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { registrySchemas } from '../../../listener/contract/open-api.ts';
import { sampleEvents } from '../../../listener/contract/sample.ts';
import { CONVERSATION_STATES, DETAIL_TYPES } from '../../../listener/contract/vocabulary.ts';

/** What OpenAPI 3.0 lets a schema have, as far as the contract needs it, and extensions. */
const KEYWORDS =
  /^(type|properties|required|items|enum|format|pattern|minimum|maximum|additionalProperties|description|x-.*)$/;

const document = z.strictObject({
  openapi: z.literal('3.0.0'),
  info: z.strictObject({ title: z.string(), version: z.literal('1') }),
  paths: z.strictObject({}),
  components: z.strictObject({ schemas: z.record(z.string(), z.record(z.string(), z.unknown())) }),
});

const schemas = registrySchemas();

function componentsOf(text: string) {
  return document.parse(JSON.parse(text)).components.schemas;
}

/** Of the whole event. JSON Schema reads what OpenAPI 3.0 and it have in common. */
function validator(text: string): ValidateFunction {
  const ajv = new Ajv({ strict: false, validateFormats: false });
  ajv.addSchema(JSON.parse(text), 'document');
  return ajv.compile({ $ref: 'document#/components/schemas/AWSEvent' });
}

/** Every schema in a schema, itself first; a reference to another one is none. */
function* nested(schema: Readonly<Record<string, unknown>>): Generator<Readonly<Record<string, unknown>>> {
  if ('$ref' in schema) return;
  yield schema;
  const record = z.record(z.string(), z.record(z.string(), z.unknown()));
  const inner = z.record(z.string(), z.unknown()).safeParse(schema['items']).data;
  for (const child of Object.values(record.parse(schema['properties'] ?? {}))) yield* nested(child);
  if (inner !== undefined) yield* nested(inner);
}

describe('the schemas for the registry', () => {
  it('are one for each detail-type', () => {
    expect(schemas.map(({ detailType }) => detailType)).toEqual(Object.values(DETAIL_TYPES));
  });

  it.each(schemas)('$name fits every sample of its events, and no other', ({ detailType, text }) => {
    const fits = validator(text);
    const own = sampleEvents().filter(({ event }) => event['detail-type'] === detailType);
    expect(own.length).toBeGreaterThan(0);
    for (const { name, event } of sampleEvents())
      expect(fits(event), name).toBe(event['detail-type'] === detailType);
  });

  it.each(schemas)('$name asks for what is always there', ({ detailType, text }) => {
    const fits = validator(text);
    const { event } = sampleEvents().find((each) => each.event['detail-type'] === detailType) ?? {};
    const copy = z
      .looseObject({ detail: z.looseObject({ bridge: z.looseObject({}) }) })
      .parse(JSON.parse(JSON.stringify(event)));
    delete copy.detail.bridge['eventId'];
    expect(fits(copy)).toBe(false);
  });

  it.each(schemas)('$name uses nothing that OpenAPI 3.0 lacks', ({ text }) => {
    for (const [name, component] of Object.entries(componentsOf(text)))
      for (const schema of nested(component))
        expect(
          Object.keys(schema).filter((keyword) => !KEYWORDS.test(keyword)),
          name,
        ).toEqual([]);
  });

  it.each(schemas)('$name names each object, so that bindings have a name for it', ({ name, text }) => {
    const components = componentsOf(text);
    expect(Object.keys(components)).toEqual(expect.arrayContaining(['AWSEvent', name, 'Bridge']));
    const nameless = Object.values(components).flatMap((component) =>
      [...nested(component)].filter((schema) => schema !== component && schema['properties'] !== undefined),
    );
    expect(nameless).toEqual([]);
  });

  it.each(schemas)('$name is ASCII, which CloudFormation passes on as it is', ({ text }) => {
    expect(text).toMatch(/^[ -~]*$/);
  });

  it('say of an open list what is known today, and let anything pass', () => {
    const { Conversation } = componentsOf(schemas[0]?.text ?? '');
    const { state } = z.record(z.string(), z.unknown()).parse(Conversation?.['properties']);
    expect(state).toEqual({
      type: 'string',
      description: expect.any(String),
      'x-known-values': Object.keys(CONVERSATION_STATES),
    });
  });
});
