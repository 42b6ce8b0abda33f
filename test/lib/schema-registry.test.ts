import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { registrySchemas } from '../../listener/contract/open-api.ts';
import { onlyResource, resourcesOf, statementsOf, templateOf } from './synthesis.ts';

/** Source: EventBridge, "CreateSchema". */
const LONGEST_CONTENT = 100_000;

const schemaProperties = z.object({
  RegistryName: z.unknown(),
  SchemaName: z.string().regex(/^[\w.@-]{1,385}$/),
  Type: z.literal('OpenApi3'),
  Content: z.string().max(LONGEST_CONTENT),
});

function readers(consumers: Readonly<Record<string, unknown>>) {
  const { Properties } = onlyResource(templateOf({ consumers }), 'AWS::EventSchemas::RegistryPolicy');
  return statementsOf(Properties['Policy']);
}

describe('the schema registry', () => {
  const template = templateOf({ name: 'bridge' });

  it('has the name of the bus, and the schema of each detail-type as the contract has it', () => {
    expect(onlyResource(template, 'AWS::EventSchemas::Registry').Properties['RegistryName']).toBe('bridge');
    const schemas = Object.values(resourcesOf(template, 'AWS::EventSchemas::Schema')).map(({ Properties }) =>
      schemaProperties.parse(Properties),
    );
    expect(new Map(schemas.map(({ SchemaName, Content }) => [SchemaName, Content]))).toEqual(
      new Map(registrySchemas().map(({ name, text }) => [`conversation-bridge@${name}`, text])),
    );
  });

  it('keeps a schema when it is deployed again, so that other content becomes a version of it', () => {
    const ids = (name: string) => Object.keys(resourcesOf(templateOf({ name }), 'AWS::EventSchemas::Schema'));
    // An id that went by the content would make another schema instead.
    expect(ids('bridge')).toEqual(ids('other'));
  });

  it('is closed to other accounts unless some are named', () => {
    template.resourceCountIs('AWS::EventSchemas::RegistryPolicy', 0);
  });

  it('lets a named account read this registry, and change nothing in it', () => {
    const [statement, ...others] = readers({ accounts: ['111122223333'] });
    expect(others).toEqual([]);
    expect(JSON.stringify(statement?.Principal)).toContain(':iam::111122223333:root');
    expect(statement?.Action).toEqual(
      expect.arrayContaining(['schemas:DescribeSchema', 'schemas:GetCodeBindingSource']),
    );
    expect(
      statement?.Action.filter((action) => /\*|:(Create|Update|Delete|PutResource)/.test(action)),
    ).toEqual([]);
    const resources = JSON.stringify(statement?.Resource);
    expect(resources).toContain(':registry/conversation-bridge"');
    expect(resources).toContain(':schema/conversation-bridge/*"');
  });

  it('lets an organisation do the same, and nobody outside of it', () => {
    const [statement] = readers({ organisation: 'o-a1b2c3d4e5' });
    expect(statement?.Principal).toEqual({ AWS: '*' });
    expect(statement?.Condition).toEqual({ StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } });
  });

  it('is not there when events have topics for detail-types, which no schema is of', () => {
    const byTopic = templateOf({ detailType: 'topic', consumers: { accounts: ['111122223333'] } });
    for (const type of ['Registry', 'Schema', 'RegistryPolicy'])
      byTopic.resourceCountIs(`AWS::EventSchemas::${type}`, 0);
  });
});
