import { Stack } from 'aws-cdk-lib';
import { CfnRegistry, CfnRegistryPolicy, CfnSchema } from 'aws-cdk-lib/aws-eventschemas';
import {
  AccountPrincipal,
  type IPrincipal,
  OrganizationPrincipal,
  PolicyDocument,
  PolicyStatement,
} from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { registrySchemas } from '../listener/contract/open-api.ts';
import { SOURCE } from '../listener/contract/vocabulary.ts';
import type { ConsumersConfig } from './config.ts';

/**
 * What reads, and `PutCodeBinding`, which has code made of a schema and changes none of them. `ExportSchema` is not
 * among what a registry's policy can give. Source: EventBridge, "Resource-based policies for schemas".
 */
const READ = [
  'DescribeRegistry',
  'ListSchemas',
  'SearchSchemas',
  'DescribeSchema',
  'ListSchemaVersions',
  'DescribeCodeBinding',
  'GetCodeBindingSource',
  'PutCodeBinding',
].map((action) => `schemas:${action}`);

export interface SchemaRegistryProps {
  readonly name: string;
  readonly consumers: ConsumersConfig;
}

/**
 * The contract where AWS's tools look for it: a schema for each detail-type. A deployment that brings another contract makes
 * new versions of them, and keeps the old ones. Who may have a rule may read it.
 *
 * The construct library has no other construct for these, so they are the plain resources.
 */
export class SchemaRegistry extends Construct {
  constructor(scope: Construct, id: string, { name, consumers }: SchemaRegistryProps) {
    super(scope, id);
    const registry = new CfnRegistry(this, 'Registry', {
      registryName: name,
      description: 'Events of the Conversation Bridge',
    });
    for (const schema of registrySchemas())
      new CfnSchema(this, schema.name, {
        registryName: registry.attrRegistryName,
        schemaName: `${SOURCE}@${schema.name}`,
        type: 'OpenApi3',
        description: `The event "${schema.detailType}", as a consumer receives it`,
        content: schema.text,
      });
    const readers = readersOf(consumers);
    if (readers.length === 0) return;
    const stack = Stack.of(this);
    const resources = [
      stack.formatArn({ service: 'schemas', resource: 'registry', resourceName: name }),
      stack.formatArn({ service: 'schemas', resource: 'schema', resourceName: `${name}/*` }),
    ];
    new CfnRegistryPolicy(this, 'Readers', {
      registryName: registry.attrRegistryName,
      policy: new PolicyDocument({
        statements: readers.map(
          ([sid, principal]) =>
            new PolicyStatement({ sid, principals: [principal], actions: READ, resources }),
        ),
      }).toJSON(),
    });
  }
}

function readersOf({ accounts, organisation }: ConsumersConfig): [string, IPrincipal][] {
  const readers = accounts.map((account): [string, IPrincipal] => [
    `Account${account}`,
    new AccountPrincipal(account),
  ]);
  return organisation === undefined
    ? readers
    : [...readers, ['Organisation', new OrganizationPrincipal(organisation)]];
}
