import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../bin/exit.ts';
import { type ReplayFlags, runReplay } from '../../bin/replay/run.ts';
import { ConfigError } from '../../listener/config.ts';
import { parkedLine } from '../../listener/publish/parked-text.ts';
import type { ParkedItem } from '../../listener/publish/parking.ts';
import type { Payload } from '../../listener/publish/payload-store.ts';
import { type LocalEventBus, startLocalEventBus } from '../../mock/event-bus/local-event-bus.ts';
import { ListenerProcess } from '../listener-process.ts';

const REASON = { code: 'InternalFailure', message: 'm', attempts: 8 };
const FRAME: ParkedItem = {
  kind: 'frame',
  receivedAt: '2026-01-05T09:00:00.000Z',
  encoding: 'utf8',
  body: '{"x":',
};

function event(
  eventId: string,
  detail = `{ "name":"${eventId}", "bridge":{"eventId":"${eventId}"}}`,
  payload?: Payload,
): ParkedItem {
  return {
    kind: 'event',
    eventId,
    orderingKey: eventId,
    source: 'conversation-bridge',
    detailType: 'Conversation Updated',
    detail,
    time: '2026-01-05T09:00:00.000Z',
    payload,
  };
}

describe('conversation-bridge replay', { timeout: 30_000 }, () => {
  let folder = '';
  let bus: LocalEventBus;
  let environment: Record<string, string> = {};

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'replay-'));
    bus = await startLocalEventBus();
    environment = {
      PARKING_DIR: folder,
      PAYLOAD_DIR: join(folder, 'payloads'),
      AWS_ENDPOINT_URL: bus.url,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
    };
  });
  afterEach(async () => {
    await bus.close();
    await rm(folder, { recursive: true });
  });

  async function run(...args: readonly string[]) {
    const process = new ListenerProcess(['replay', ...args], environment);
    const exitCode = await process.end();
    return { exitCode, stdout: process.stdout, stderr: process.stderr };
  }

  const park = (...items: readonly ParkedItem[]) =>
    writeFile(
      join(folder, 'parked.jsonl'),
      items
        .map((item) => `${parkedLine({ parkedAt: '2026-01-05T09:00:00.000Z', reason: REASON, item })}\n`)
        .join(''),
    );
  const left = async () =>
    (await readFile(join(folder, 'parked.jsonl'), 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));

  it('sends what is parked byte for byte, keeps frames, and sums up in one line', async () => {
    const ref = pathToFileURL(join(folder, 'payloads', 'b.json')).href;
    await park(event('a'), FRAME, event('b', undefined, { ref, body: '{"long":1}' }));
    const { exitCode, stderr, stdout } = await run('--json');
    expect(stderr).toBe('');
    expect(JSON.parse(stdout)).toEqual({
      read: 3,
      published: 2,
      failed: 0,
      frames: 1,
      seconds: expect.any(Number),
    });
    expect(exitCode).toBe(0);
    expect(bus.events.map(({ detailText }) => detailText).sort()).toEqual([
      '{ "name":"a", "bridge":{"eventId":"a"}}',
      '{ "name":"b", "bridge":{"eventId":"b"}}',
    ]);
    expect(await readFile(join(folder, 'payloads', 'b.json'), 'utf8')).toBe('{"long":1}');
    expect(await left()).toMatchObject([{ reason: REASON, item: FRAME }]);
  });

  it('keeps what fails with its reason, says so, and ends with 1', async () => {
    await park(event('a'), event('bad', 'no JSON'));
    const { exitCode, stdout } = await run();
    expect(exitCode).toBe(1);
    expect(stdout).toMatch(
      /^1 event sent again from .*\n1 failed and stay parked; standard error has the reasons\n$/,
    );
    expect(await left()).toMatchObject([
      { reason: { code: 'MalformedDetail', attempts: 1 }, item: { eventId: 'bad' } },
    ]);
  });

  it('--dry-run and --frames send nothing and change nothing', async () => {
    await park(event('a'), FRAME);
    const before = await left();
    const dry = await run('--dry-run');
    expect(dry.stdout).toMatch(
      /^1 event would be sent again from .*\n1 frame can't be replayed: see them with --frames\n$/,
    );
    const frames = await run('--frames');
    expect(JSON.parse(frames.stdout.split('\n')[0] ?? '')).toMatchObject({ reason: REASON, frame: FRAME });
    expect([dry.exitCode, frames.exitCode]).toEqual([0, 0]);
    expect(bus.events).toEqual([]);
    expect(await left()).toEqual(before);
  });

  it('teaches, and tells wrong usage in one line', async () => {
    expect(await run('--help')).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('Exit codes: 0'),
    });
    expect(await run()).toMatchObject({
      exitCode: 0,
      stdout: expect.stringMatching(/^nothing is parked in /),
    });
    const wrong: ReplayFlags[] = [
      { file: join(folder, 'no-such-file') },
      { deadLetter: true },
      { deadLetter: true, queueUrl: 'http://127.0.0.1/q' },
      { queueUrl: 'a name' },
    ];
    for (const flags of wrong) await expect(runReplay(environment, flags)).rejects.toThrow(UsageError);
    await expect(runReplay({ ...environment, AWS_REGION: 'Tokyo' }, {})).rejects.toThrow(ConfigError);
    expect(await run('--dead-letter')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringMatching(/^--dead-letter needs PARKING_QUEUE_URL and DEAD_LETTER_QUEUE_URL.*\n$/),
    });
  });
});
