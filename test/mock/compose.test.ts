import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Ajv } from 'ajv';
import { beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { readConfig } from '../../listener/config.ts';
import { DEFAULT_CLIENT } from '../../mock/genesys/server.ts';
import { ListenerProcess } from '../listener-process.ts';

const ROOT = join(import.meta.dirname, '../..');
const SPECIFICATION = 'test/fixtures/compose-specification/compose-spec.json';

const Service = z.looseObject({
  image: z.string(),
  command: z.array(z.string()),
  environment: z.record(z.string(), z.string()).default({}),
  volumes: z.array(z.string()),
});
const Compose = z.looseObject({
  services: z.object({
    install: Service,
    mock: Service.extend({ healthcheck: z.looseObject({ test: z.array(z.string()) }) }),
    listener: Service,
  }),
});

let document: unknown;
let compose: z.infer<typeof Compose>;
beforeAll(async () => {
  document = parse(await readFile(join(ROOT, 'compose.yaml'), 'utf8'), { merge: true });
  compose = Compose.parse(document);
});

async function specification() {
  const { $schema: _dialect, ...schema } = z
    .looseObject({ $schema: z.literal('https://json-schema.org/draft-07/schema') })
    .parse(JSON.parse(await readFile(join(ROOT, SPECIFICATION), 'utf8')));
  // Draft 7 is what the validator assumes; it doesn't know it by the https address.
  return new Ajv({ strict: false, allErrors: true }).compile(schema);
}

/** Variables that are not set take their defaults, as `${NAME:-default}` says. */
function interpolated(text: string): string {
  return text.replace(/\$\{\w+:-([^}]*)\}/g, '$1');
}

async function exitCodeOf([command = '', ...args]: readonly string[]): Promise<number | null> {
  const child = spawn(command === 'node' ? process.execPath : command, args, { stdio: 'ignore' });
  await once(child, 'close');
  return child.exitCode;
}

function environmentOf(service: z.infer<typeof Service>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(service.environment).map(([name, value]) => [name, interpolated(value)]),
  );
}

describe('compose.yaml', () => {
  it('keeps to the Compose Specification', async () => {
    const validate = await specification();
    expect(validate(document), JSON.stringify(validate.errors)).toBe(true);
  });

  it('would not, with a service that has a member nobody knows', async () => {
    const validate = await specification();
    expect(validate({ services: { mock: { image: 'node:24-alpine', comand: 'x' } } })).toBe(false);
  });

  it("gives the mock the host's time, a time zone and a way of validating tokens", () => {
    const { mock } = compose.services;
    expect(Object.keys(mock.environment)).toEqual(['TZ', 'JWT_VALIDATION_MODE']);
    expect(mock.volumes).toContain('/etc/localtime:/etc/localtime:ro');
  });

  it('starts the mock where the listener looks for it', { timeout: 30_000 }, async () => {
    const { mock, listener } = compose.services;
    const [node, program, ...args] = mock.command.map(interpolated);
    expect([node, program]).toEqual(['node', 'bin/conversation-bridge.js']);
    const port = args[args.indexOf('--port') + 1];
    const anyPort = args.map((word) => (word === port ? '0' : word));
    const running = new ListenerProcess([...anyPort, '--json'], environmentOf(mock));
    const [, free] = await running.untilSays(/127\.0\.0\.1:(\d+)/);
    const check = mock.healthcheck.test.map((word) => word.replace(`:${port}/`, `:${free}/`));
    expect(await exitCodeOf(check.slice(1))).toBe(0);
    expect(await running.end('SIGTERM')).toBe(0);
    expect(await exitCodeOf(check.slice(1))).toBe(1);

    const config = readConfig(environmentOf(listener));
    expect(config.hosts).toMatchObject({
      loginUrl: `http://127.0.0.1:${port}`,
      apiUrl: `http://127.0.0.1:${port}`,
    });
    expect(config.credentials).toMatchObject({
      clientId: DEFAULT_CLIENT.id,
      clientSecret: DEFAULT_CLIENT.secret,
    });
    expect(environmentOf(listener)).toMatchObject({
      GENESYSCLOUD_ORG_SOCKET_URL: `ws://127.0.0.1:${port}/websocket`,
      ORG_SOCKET_ORIGIN: DEFAULT_CLIENT.origins?.[0],
    });
  });
});
