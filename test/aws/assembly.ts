import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const CDK = join(ROOT, 'node_modules/.bin/cdk');

/**
 * What the emulator refuses a whole template for. Each is looked at in the synthesised template instead
 * (test/lib): the archive, the schema registry, who may put rules on the bus, the log of the network, the pipe for parked events (the
 * emulator has pipes from DynamoDB only), alarms on several metrics.
 */
const UNSUPPORTED_TYPES: ReadonlySet<string> = new Set([
  'AWS::EventSchemas::Registry',
  'AWS::EventSchemas::RegistryPolicy',
  'AWS::EventSchemas::Schema',
  'AWS::Events::Archive',
  'AWS::Events::EventBusPolicy',
  'AWS::EC2::FlowLog',
  'AWS::Pipes::Pipe',
]);
const METRIC_MATH = 'AWS::CloudWatch::Alarm with metric math';

const resourceSchema = z.looseObject({
  Type: z.string(),
  Properties: z.looseObject({ Metrics: z.unknown().optional() }).optional(),
  DependsOn: z.unknown().optional(),
});
const templateSchema = z.looseObject({
  Resources: z.record(z.string(), resourceSchema),
});
const assetsSchema = z.looseObject({ dockerImages: z.record(z.string(), z.unknown()).optional() });

/** Runs the CDK's own command line. Docker is out of its reach, so that nothing comes to need it unnoticed. */
export async function cdk(args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  const { stdout, stderr } = await run(CDK, [...args], {
    cwd: ROOT,
    env: { PATH: process.env['PATH'], HOME: env['CDK_HOME'], CI: 'true', CDK_DOCKER: '/bin/false', ...env },
    maxBuffer: 64 * 1024 * 1024,
  });
  return stdout + stderr;
}

/**
 * Takes out of a synthesised assembly what the emulator can't have, and the container image, which takes Docker
 * to build. Everything else stays as it is shipped.
 * @returns the types that were taken out
 */
export async function fitToEmulator(assembly: string): Promise<string[]> {
  const files = await readdir(assembly);
  const removed = new Set<string>();
  for (const file of files.filter((name) => name.endsWith('.template.json'))) {
    const template = templateSchema.parse(JSON.parse(await readFile(join(assembly, file), 'utf8')));
    const ids = new Set<string>();
    for (const [id, resource] of Object.entries(template.Resources)) {
      const refused = refusedAs(resource);
      if (refused === undefined) continue;
      delete template.Resources[id];
      ids.add(id);
      removed.add(refused);
    }
    for (const resource of Object.values(template.Resources)) {
      if (Array.isArray(resource.DependsOn))
        resource.DependsOn = resource.DependsOn.filter((id) => !ids.has(String(id)));
    }
    await writeFile(join(assembly, file), JSON.stringify(template));
  }
  for (const file of files.filter((name) => name.endsWith('.assets.json'))) {
    const assets = assetsSchema.parse(JSON.parse(await readFile(join(assembly, file), 'utf8')));
    await writeFile(join(assembly, file), JSON.stringify({ ...assets, dockerImages: {} }));
  }
  return [...removed].sort((a, b) => (a < b ? -1 : 1));
}

function refusedAs({ Type, Properties }: z.infer<typeof resourceSchema>): string | undefined {
  if (UNSUPPORTED_TYPES.has(Type)) return Type;
  return Type === 'AWS::CloudWatch::Alarm' && Properties?.Metrics !== undefined ? METRIC_MATH : undefined;
}
