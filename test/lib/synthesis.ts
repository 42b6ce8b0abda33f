import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { vi } from 'vitest';
import { z } from 'zod';
import { BridgeStack } from '../../lib/bridge-stack.ts';
import { parseStackConfig } from '../../lib/config.ts';

// The first synthesis in a process loads much of the construct library; a busy machine takes its time for it.
vi.setConfig({ testTimeout: 60_000 });

const ROOT = join(import.meta.dirname, '../..');

const cdkJson = z.object({ context: z.record(z.string(), z.unknown()) });
/** The same feature flags as the command line takes from cdk.json. */
const { context: FLAGS } = cdkJson.parse(JSON.parse(readFileSync(join(ROOT, 'cdk.json'), 'utf8')));

const resource = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
  Metadata: z.record(z.string(), z.unknown()).default({}),
});
export type Resource = z.output<typeof resource>;

export const API = {
  url: 'https://api.example.com/conversations/{detail.conversation.id}',
  secret: {},
  match: { mediaTypes: ['voice'], changes: ['agent.connected'] },
};

export const NETWORKS = {
  public: { mode: 'public' },
  private: { mode: 'private' },
  existing: { mode: 'existing', vpcId: 'vpc-0123456789abcdef0', subnetIds: ['subnet-0123456789abcdef0'] },
};

/** A stack in an app of its own. Code is not bundled: that is tried by the tests of bundling. */
export function bridgeStack(given: Readonly<Record<string, unknown>> = {}): BridgeStack {
  const imageDirectory = mkdtempSync(join(tmpdir(), 'image-'));
  try {
    writeFileSync(join(imageDirectory, 'Dockerfile'), 'FROM scratch\n');
    const image = ContainerImage.fromAsset(imageDirectory);
    const app = new App({ context: { ...FLAGS, 'aws:cdk:bundling-stacks': [] }, analyticsReporting: false });
    return new BridgeStack(app, 'Bridge', { config: parseStackConfig(given), image });
  } finally {
    rmSync(imageDirectory, { recursive: true });
  }
}

/** The template of a stack with this configuration. */
export function templateOf(given: Readonly<Record<string, unknown>> = {}): Template {
  return Template.fromStack(bridgeStack(given));
}

/** Resources of a type, by logical id. */
export function resourcesOf(template: Template, type: string): Record<string, Resource> {
  return z.record(z.string(), resource).parse(template.findResources(type));
}

/** The one resource of a type, or of those of a type whose logical id begins so. */
export function onlyResource(template: Template, type: string, idBegins = ''): Resource {
  const all = Object.entries(resourcesOf(template, type))
    .filter(([id]) => id.startsWith(idBegins))
    .map(([, found]) => found);
  const [only] = all;
  if (only === undefined || all.length > 1) throw new Error(`${all.length} resources are of type ${type}`);
  return only;
}

/** The logical id of the queue whose name ends so. */
export function queueId(template: Template, name: string): string {
  const [id] =
    Object.entries(resourcesOf(template, 'AWS::SQS::Queue')).find(
      ([, { Properties }]) => Properties['QueueName'] === `conversation-bridge-${name}`,
    ) ?? [];
  if (id === undefined) throw new Error(`there is no queue ${name}`);
  return id;
}

/** Every resource. */
export function allResources(template: Template): Record<string, Resource> {
  return z.object({ Resources: z.record(z.string(), resource) }).parse(template.toJSON()).Resources;
}

const strings = z.union([z.string().transform((one) => [one]), z.array(z.string())]);
const statement = z.looseObject({
  Effect: z.string(),
  Action: strings,
  Resource: z.unknown().optional(),
  Principal: z.unknown().optional(),
  Condition: z.unknown().optional(),
});

/** The statements of a policy document. */
export function statementsOf(document: unknown): z.output<typeof statement>[] {
  return z.object({ Statement: z.array(statement) }).parse(document).Statement;
}
