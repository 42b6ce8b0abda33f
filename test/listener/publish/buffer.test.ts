import { describe, expect, it } from 'vitest';
import { createHarness, event } from './harness.ts';

/** 14 for the time, 19 for the source, 20 for the detail type, and the detail. */
const BYTES = 60;
const DETAIL = 'x'.repeat(BYTES - 53);

function diskFull(): Promise<never> {
  return Promise.reject(new Error('no space left on device'));
}

const FRAME = {
  kind: 'frame',
  receivedAt: '2026-01-05T09:00:00.000Z',
  encoding: 'utf8',
  body: 'x'.repeat(BYTES),
} as const;

function bufferOf(count: number) {
  const harness = createHarness({ maxPendingBytes: count * BYTES });
  const add = (eventId: string) =>
    harness.publisher.publish({ ...event(DETAIL, eventId, harness.clock), eventId });
  return { ...harness, add };
}

describe('a full buffer', () => {
  it('takes events to the last byte, and parks at once what goes beyond', async () => {
    const { add, bus, parking, publisher, settle } = bufferOf(3);
    for (const name of ['a', 'b', 'c', 'd']) add(name);
    await settle();
    expect(bus.call(0).entries).toHaveLength(3);
    expect(parking.eventIds).toEqual(['d']);
    expect(parking.parked[0]?.reason).toMatchObject({ code: 'BufferFull', attempts: 0 });
    bus.call(0).accept();
    await settle();
    add('e');
    await settle();
    bus.call(1).accept();
    await settle();
    expect(publisher.stats()).toMatchObject({ published: 4, parked: 1, lost: 0, pendingBytes: 0 });
  });

  it('counts the payload of an event', async () => {
    const { add, bus, clock, parking, publisher, settle } = bufferOf(3);
    const payload = { ref: 'file:///p/a.json', body: 'y'.repeat(BYTES) };
    publisher.publish({ ...event(DETAIL, 'a', clock), eventId: 'a', payload });
    expect(publisher.stats().pendingBytes).toBe(2 * BYTES);
    for (const name of ['b', 'c']) add(name);
    await settle();
    expect(parking.eventIds).toEqual(['c']);
    expect(bus.call(0).entries.map((entry) => entry.payload)).toEqual([payload, undefined]);
    bus.call(0).accept();
    await settle();
    expect(publisher.stats().pendingBytes).toBe(0);
  });

  it('refuses no frame that is to be parked', async () => {
    const { add, parking, publisher, settle } = bufferOf(1);
    add('a');
    publisher.parkFrame(FRAME, 'FrameRefused', 'no JSON');
    await settle();
    expect(parking.eventIds).toEqual(['a frame']);
  });
});

describe('a parking lot that fails while the buffer is full', () => {
  it('has twice the buffer at most wait for it; what comes beyond is lost, counted and logged as fatal', async () => {
    const { add, clock, lines, metrics, parking, publisher, settle } = bufferOf(2);
    for (let n = 0; n < 20; n += 1) parking.script.push(diskFull);
    const heard: string[] = [];
    publisher.onSettled(({ eventId }, how) => heard.push(`${eventId} ${how}`));
    for (let n = 0; n < 5; n += 1) add(`e${n}`);
    publisher.parkFrame(FRAME, 'FrameRefused', 'no JSON');
    add('e5');
    await settle();
    expect(publisher.stats()).toMatchObject({ accepted: 7, lost: 2, pending: 5, pendingBytes: 5 * BYTES });
    expect(heard).toEqual(['e5 lost']);
    expect(metrics.of('EventsLost')).toBe(2);
    expect(lines.filter(({ level }) => level === 60)).toMatchObject([
      { receivedAt: FRAME.receivedAt, code: 'BufferFull', cause: 'no room to hold it' },
      { eventId: 'e5', code: 'BufferFull' },
    ]);
    parking.script.length = 0;
    await clock.advance(60_000);
    add('e6');
    await settle();
    expect(parking.eventIds).toContain('e6');
    expect(publisher.stats().lost).toBe(2);
  });

  it('loses nothing for its size alone', async () => {
    const { parking, publisher, settle } = bufferOf(1);
    publisher.parkFrame({ ...FRAME, body: 'x'.repeat(100 * BYTES) }, 'FrameRefused', 'too large');
    await settle();
    expect(parking.parked).toHaveLength(1);
  });
});
