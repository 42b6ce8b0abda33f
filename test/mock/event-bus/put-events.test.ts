import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../manual-clock.ts';
import { anEntry, busUnderTest, entries } from './bus-under-test.ts';

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

describe('a local event bus that takes events', () => {
  it("wraps an entry into EventBridge's envelope, in the region it was signed for", async () => {
    const { bus, put } = await busUnderTest();
    const sent = anEntry({
      Time: new Date('2026-01-05T09:00:00.987Z'),
      Resources: ['arn:aws:a', 'arn:aws:b'],
    });
    const answer = await put([sent]);
    expect(answer.FailedEntryCount).toBe(0);
    expect(bus.events).toEqual([
      {
        version: '0',
        id: answer.Entries?.[0]?.EventId,
        'detail-type': 'Tested',
        source: 'test',
        account: '123456789012',
        time: '2026-01-05T09:00:00Z',
        region: 'ap-northeast-1',
        resources: ['arn:aws:a', 'arn:aws:b'],
        detail: { n: 1 },
        detailText: '{"n":1}',
        busName: 'default',
        takenAt: expect.any(Number),
      },
    ]);
    expect(bus.events[0]?.id).toMatch(uuid);
  });

  it('uses the time of the call, by its clock, for an entry without one', async () => {
    const clock = new ManualClock(Date.parse('2026-02-03T04:05:06.999Z'));
    const { bus, put } = await busUnderTest({ clock });
    await put([anEntry()]);
    expect(bus.events[0]).toMatchObject({
      time: '2026-02-03T04:05:06Z',
      takenAt: clock.now(),
      resources: [],
    });
  });

  it('keeps the text of the detail as it was sent, spaces, escapes and odd keys included', async () => {
    const { bus, put } = await busUnderTest();
    const text =
      '{ "a" : "\\u00e9 é 😀 \\ud83d\\ude00", "__proto__": {"x": 1}, "big": 12345678901234567890 }';
    await put([anEntry({ Detail: text })]);
    expect(bus.events[0]?.detailText).toBe(text);
    expect(bus.events[0]?.detail['a']).toBe('é é 😀 😀');
    expect(Object.keys(bus.events[0]?.detail ?? {})).toContain('__proto__');
  });

  it('answers entry by entry, in the order of the request', async () => {
    const { bus, put } = await busUnderTest();
    const answer = await put([anEntry(), anEntry({ Detail: '[]' }), anEntry({ Detail: '{"n":3}' })]);
    expect(answer.FailedEntryCount).toBe(1);
    expect(answer.Entries?.map((row) => row.ErrorCode)).toEqual([undefined, 'MalformedDetail', undefined]);
    expect(answer.Entries?.map((row) => row.EventId)).toEqual([
      bus.events[0]?.id,
      undefined,
      bus.events[1]?.id,
    ]);
    expect(bus.events.map((event) => event.detail['n'])).toEqual([1, 3]);
    expect(bus.counts).toEqual({ accepted: 2, refused: 1, unknownBus: 0 });
  });

  it('finds a bus by name and by ARN', async () => {
    const { bus, put } = await busUnderTest({ buses: ['orders'] });
    const arn = 'arn:aws:events:ap-northeast-1:123456789012:event-bus/orders';
    await put([anEntry({ EventBusName: 'orders' }), anEntry({ EventBusName: arn })]);
    expect(bus.events.map((event) => event.busName)).toEqual(['orders', 'orders']);
  });

  it('answers an event for an unknown bus as AWS does, with an id, and counts it as gone', async () => {
    const { bus, put } = await busUnderTest();
    const answer = await put([anEntry({ EventBusName: 'no-such-bus' })]);
    expect(answer.FailedEntryCount).toBe(0);
    expect(answer.Entries?.[0]?.EventId).toMatch(uuid);
    expect(bus.events).toEqual([]);
    expect(bus.counts).toEqual({ accepted: 0, refused: 0, unknownBus: 1 });
  });

  it('tells its listeners of each event, until they stop', async () => {
    const { bus, put } = await busUnderTest();
    const heard: unknown[] = [];
    const stop = bus.onEvent((event) => heard.push(event.detail['n']));
    await put(entries(2));
    stop();
    await put(entries(1));
    expect(heard).toEqual([0, 1]);
    expect(bus.events).toHaveLength(3);
  });

  it('forgets the oldest events beyond what it is to keep, and still counts them', async () => {
    const { bus, put } = await busUnderTest({ keep: 3 });
    await put(entries(3));
    expect(bus.events.map((event) => event.detail['n'])).toEqual([0, 1, 2]);
    await put(entries(2));
    expect(bus.events.map((event) => event.detail['n'])).toEqual([2, 0, 1]);
    expect(bus.counts.accepted).toBe(5);
  });

  it('frees its port when it is closed', async () => {
    const first = await busUnderTest();
    await first.bus.close();
    await expect(fetch(`${first.bus.url}/health`)).rejects.toThrow('fetch failed');
    await busUnderTest({ port: Number(new URL(first.bus.url).port) });
  });
});
