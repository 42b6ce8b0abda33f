import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { Replayer } from '../../../bin/replay/replayer.ts';
import type { Entry, Failure, ReplaySource } from '../../../bin/replay/source.ts';
import type { EntryResult, EventBus } from '../../../listener/publish/event-bus.ts';
import { parkedLine, parkedReference } from '../../../listener/publish/parked-text.ts';
import type { ParkedEvent, ParkedItem } from '../../../listener/publish/parking.ts';
import { MetricsAggregate } from '../../../listener/telemetry/aggregate.ts';
import { ManualClock } from '../../manual-clock.ts';

const HEAD = {
  parkedAt: '2026-01-05T09:00:00.000Z',
  reason: { code: 'InternalFailure', message: 'm', attempts: 8 },
};

function event(eventId: string, { key = 'k', sequence = 0, detail = '' } = {}): ParkedEvent {
  return {
    kind: 'event',
    eventId,
    orderingKey: key,
    source: 'conversation-bridge',
    detailType: 'Conversation Updated',
    detail:
      detail || JSON.stringify({ name: eventId, bridge: { sequence: String(sequence).padStart(12, '0') } }),
    time: '2026-01-05T08:00:00.000Z',
  };
}

function line(item: ParkedItem): string {
  return parkedLine({ ...HEAD, item });
}

/** A source in memory that writes down what becomes of each entry. */
class MemorySource implements ReplaySource {
  readonly name = 'memory';
  readonly batchesOfText: readonly (readonly string[])[];
  readonly doneWith: string[] = [];
  readonly kept: { text: string; failure: Failure | undefined }[] = [];
  readonly calls: string[] = [];

  constructor(...batchesOfText: readonly (readonly string[])[]) {
    this.batchesOfText = batchesOfText;
  }

  async *batches(): AsyncGenerator<readonly Entry[]> {
    for (const batch of this.batchesOfText) yield batch.map((text) => ({ text }));
  }

  async done(entries: readonly Entry[]): Promise<void> {
    this.doneWith.push(...entries.map(({ text }) => text));
  }

  async keep({ text }: Entry, failure?: Failure): Promise<void> {
    this.kept.push({ text, failure });
  }

  async finish(): Promise<void> {
    this.calls.push('finish');
  }

  async close(): Promise<void> {
    this.calls.push('close');
  }
}

/** Replays a source to a bus that refuses what its answer says; time moves by itself. */
async function replay(
  source: MemorySource,
  {
    answer = () => undefined,
    looksOnly = false,
    stored = {},
  }: {
    answer?: (detail: string) => string | undefined;
    looksOnly?: boolean;
    stored?: Record<string, string>;
  } = {},
) {
  const clock = new ManualClock();
  const sent: string[][] = [];
  const frames: unknown[] = [];
  const bus: EventBus = {
    put: async (entries) => {
      sent.push(entries.map(({ detail }) => detail));
      return entries.map(({ detail }): EntryResult => {
        const code = answer(detail);
        return code === undefined
          ? { accepted: true, busEventId: 'b' }
          : { accepted: false, code, message: 'no' };
      });
    },
  };
  const replayer = new Replayer({
    bus,
    payloads: {
      read: async (ref) => {
        const text = stored[ref];
        if (text === undefined) throw new Error(`nothing is at ${ref}`);
        return text;
      },
    },
    clock,
    metrics: new MetricsAggregate(),
    logger: pino({ level: 'silent' }),
    looksOnly,
    onProgress: () => undefined,
    onFrame: ({ item }) => frames.push(item),
  });
  let ended = false;
  const outcome = replayer.replay(source).finally(() => {
    ended = true;
  });
  outcome.catch(() => undefined);
  while (!ended) await clock.advance(1_000);
  await outcome;
  return { counts: replayer.counts, sent, frames };
}

describe('a replay', () => {
  it('sends each event as it was, under the same id, and is done with it when the bus has it', async () => {
    const item = event('a', { detail: '{ "odd" :1.0, "bridge":{"eventId":"a"}}' });
    const source = new MemorySource([line(item)]);
    const { counts, sent } = await replay(source);
    expect(sent).toEqual([[item.detail]]);
    expect(source.doneWith).toEqual([line(item)]);
    expect(source.kept).toEqual([]);
    expect(source.calls).toEqual(['finish', 'close']);
    expect(counts).toEqual({ read: 1, published: 1, failed: 0, frames: 0 });
  });

  it('sends the events of a conversation one after another in their order, however they come', async () => {
    const texts = [3, 1, 2].map((sequence) => line(event(`e${sequence}`, { sequence })));
    const { sent } = await replay(new MemorySource(texts));
    expect(sent.map((details) => details.map((detail) => JSON.parse(detail).name))).toEqual([
      ['e1'],
      ['e2'],
      ['e3'],
    ]);
  });

  it('keeps what fails with the newest reason, and goes on with the others, also of later batches', async () => {
    const texts = ['bad', 'good'].map((name) => line(event(name, { key: name })));
    const source = new MemorySource(texts, [line(event('later'))]);
    const { counts } = await replay(source, {
      answer: (detail) => (detail.includes('bad') ? 'MalformedDetail' : undefined),
    });
    expect(source.kept).toMatchObject([
      {
        text: texts[0],
        failure: { record: { item: { eventId: 'bad' } }, reason: { code: 'MalformedDetail', attempts: 1 } },
      },
    ]);
    expect(source.doneWith).toEqual([texts[1], line(event('later'))]);
    expect(counts).toEqual({ read: 3, published: 2, failed: 1, frames: 0 });
  });

  it('tries again what fails for now', async () => {
    let calls = 0;
    const source = new MemorySource([line(event('a'))]);
    const { counts } = await replay(source, { answer: () => (++calls < 4 ? 'InternalFailure' : undefined) });
    expect(counts.published).toBe(1);
    expect(calls).toBe(4);
  });

  it('keeps frames, what it can not read and what is of others, as it is, and sends none of it', async () => {
    const frame: ParkedItem = { kind: 'frame', receivedAt: HEAD.parkedAt, encoding: 'utf8', body: 'x' };
    const texts = [line(frame), '{"torn":', line({ ...event('a'), source: 'com.example' })];
    const source = new MemorySource(texts);
    const { counts, frames, sent } = await replay(source);
    expect(sent).toEqual([]);
    expect(source.kept).toEqual(texts.map((text) => ({ text, failure: undefined })));
    expect(frames).toEqual([frame]);
    expect(counts).toEqual({ read: 3, published: 0, failed: 2, frames: 1 });
  });

  it('follows a reference to the payload store, and keeps one that leads nowhere', async () => {
    const reference = (name: string) => parkedReference({ ...HEAD, itemRef: `s3://bucket/${name}` });
    const source = new MemorySource([reference('a'), reference('nowhere'), reference('circle')]);
    const { counts, sent } = await replay(source, {
      stored: { 's3://bucket/a': line(event('a')), 's3://bucket/circle': reference('circle') },
    });
    expect(sent).toEqual([[event('a').detail]]);
    expect(source.kept.map(({ text }) => text)).toEqual([reference('nowhere'), reference('circle')]);
    expect(counts).toEqual({ read: 3, published: 1, failed: 2, frames: 0 });
  });

  it('that only looks sends nothing and keeps everything', async () => {
    const source = new MemorySource([line(event('a')), line(event('b'))]);
    const { counts, sent } = await replay(source, { looksOnly: true });
    expect(sent).toEqual([]);
    expect(source.kept).toHaveLength(2);
    expect(counts).toEqual({ read: 2, published: 0, failed: 0, frames: 0 });
  });

  it('lets go of a source that fails, and does not call it finished', async () => {
    const source = new MemorySource([line(event('a'))]);
    source.done = () => Promise.reject(new Error('the queue is away'));
    await expect(replay(source)).rejects.toThrow('the queue is away');
    expect(source.calls).toEqual(['close']);
  });
});
