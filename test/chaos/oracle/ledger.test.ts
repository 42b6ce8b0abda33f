import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Ledger } from '../../../chaos/oracle/ledger.ts';

const body = { id: 'c', participants: [{ id: 'p', purpose: 'customer', calls: [] }] };
const frame = (correlation: string) =>
  JSON.stringify({ topicName: 't', eventBody: body, metadata: { CorrelationId: correlation } });
const written = { channelId: 'one', conversationId: 'c', change: 1, text: frame('k'), at: 10 };

function event(bridge: object, more: object = {}) {
  return {
    'detail-type': 'Conversation Updated',
    takenAt: 20,
    detail: {
      eventBody: body,
      metadata: { CorrelationId: 'k' },
      conversation: { id: 'c', version: 1, changes: [] },
      bridge: { eventId: 'e', sequence: 's', backfilled: false, ...bridge },
      ...more,
    },
  };
}

const gapEvent = (kind: string, gap: object, takenAt: number) => ({
  'detail-type': `Bridge Gap ${kind}`,
  takenAt,
  detail: { gap: { id: 'g', reason: 'socket-closed', ...gap } },
});

describe('the ledger', () => {
  it('counts a change once, by however many sockets and topics it was written', () => {
    const ledger = new Ledger();
    ledger.written(written);
    ledger.written({ ...written, channelId: 'two' });
    ledger.written({ ...written, conversationId: undefined, change: 2 });
    expect(ledger.sent).toHaveLength(1);
    expect(ledger.sent[0]?.channels).toEqual(new Set(['one', 'two']));
  });

  it('finds the body of an event equal to the one that was written', () => {
    const ledger = new Ledger();
    ledger.written(written);
    ledger.taken(event({}));
    expect(ledger.events[0]).toMatchObject({
      correlationId: 'k',
      digest: ledger.sent[0]?.digest,
      way: 'live',
    });
  });

  it('knows what was asked for by REST, and what is sent again', () => {
    const ledger = new Ledger();
    ledger.taken(event({ backfilled: true }));
    ledger.parked(event({}).detail, 30);
    ledger.replaying();
    ledger.taken(event({}));
    expect(ledger.events.map(({ way, correlationId }) => [way, correlationId])).toEqual([
      ['live', undefined],
      ['parked', 'k'],
      ['replayed', 'k'],
    ]);
  });

  it('reads a body that is kept elsewhere, also when it can only be read later', () => {
    const folder = mkdtempSync(join(tmpdir(), 'payload-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const path = join(folder, 'body.json');
    const ledger = new Ledger();
    ledger.taken(event({ payloadRef: pathToFileURL(path).href }, { eventBody: undefined }));
    expect(ledger.events[0]?.state).toBeUndefined();
    writeFileSync(path, JSON.stringify(body));
    expect(ledger.events[0]?.state).toContain('customer');
  });

  it('keeps the states of the last events of each conversation by sequence and by version, in whatever order they come, and no others', () => {
    const ledger = new Ledger();
    const conversation = (id: string, version: number) => ({ conversation: { id, version, changes: [] } });
    for (const sequence of ['1', '3', '2', '3']) ledger.taken(event({ sequence }, conversation('c', 4)));
    for (const version of [8, 7]) ledger.taken(event({ sequence: '0' }, conversation('c', version)));
    ledger.taken(event({ sequence: '0' }, conversation('another', 1)));
    const kept = ledger.events.map(({ sequence, state }) => [sequence, state !== undefined]);
    expect(kept).toEqual([
      ['1', false],
      ['3', true],
      ['2', false],
      ['3', false],
      ['0', true],
      ['0', false],
      ['0', true],
    ]);
  });

  it('takes a gap that was parked for told when it was, not when it came', () => {
    const ledger = new Ledger();
    ledger.replaying();
    const detected = gapEvent('Detected', { from: '1970-01-01T00:00:01.000Z' }, 90_000);
    const bridge = { receivedAt: '1970-01-01T00:00:03.000Z' };
    ledger.taken({ ...detected, detail: { ...detected.detail, bridge } });
    expect(ledger.gaps[0]).toMatchObject({ from: 1_000, detectedAt: 3_000, closedAt: undefined });
  });

  it('puts what is told of a gap together', () => {
    const ledger = new Ledger();
    ledger.taken(gapEvent('Detected', { from: '1970-01-01T00:00:01.000Z' }, 1_100));
    expect(ledger.gaps).toEqual([
      {
        id: 'g',
        reason: 'socket-closed',
        from: 1_000,
        until: undefined,
        detectedAt: 1_100,
        closedAt: undefined,
      },
    ]);
    ledger.taken(
      gapEvent('Closed', { from: '1970-01-01T00:00:01.000Z', until: '1970-01-01T00:00:02.000Z' }, 2_500),
    );
    expect(ledger.gaps).toEqual([
      { id: 'g', reason: 'socket-closed', from: 1_000, until: 2_000, detectedAt: 1_100, closedAt: 2_500 },
    ]);
  });
});
