import { describe, expect, it } from 'vitest';
import { ManualClock } from '../../manual-clock.ts';
import { anEntry, busUnderTest, entries } from './bus-under-test.ts';

describe('failing entries', () => {
  it('refuses the next n entries with the code asked for, then none', async () => {
    const { bus, put } = await busUnderTest();
    const fault = bus.controls.failEntries({ code: 'ThrottlingException', next: 3 });
    const first = await put(entries(2));
    expect(first).toMatchObject({
      FailedEntryCount: 2,
      Entries: [{ ErrorCode: 'ThrottlingException', ErrorMessage: 'Rate exceeded' }, {}],
    });
    expect((await put(entries(3))).FailedEntryCount).toBe(1);
    expect((await put(entries(3))).FailedEntryCount).toBe(0);
    expect(fault.count).toBe(3);
    expect(bus.controls.counts.failedEntries).toBe(3);
    expect(bus.counts).toMatchObject({ accepted: 5, refused: 3 });
  });

  it('refuses the entries that match', async () => {
    const { bus, put } = await busUnderTest();
    const matching = (entry: { Detail?: string | null | undefined }) => entry.Detail === '{"n":1}';
    bus.controls.failEntries({ code: 'InternalFailure', message: 'broken', matching });
    expect((await put(entries(3))).Entries?.map((row) => row.ErrorMessage)).toEqual([
      undefined,
      'broken',
      undefined,
    ]);
    expect(bus.events.map((event) => event.detail['n'])).toEqual([0, 2]);
  });

  it('refuses by chance, the same entries for the same seed', async () => {
    const outcome = async (seed: number) => {
      const { bus, put } = await busUnderTest({ seed });
      bus.controls.failEntries({ code: 'ThrottlingException', probability: 0.3 });
      for (let call = 0; call < 20; call++) await put(entries(10));
      return bus.events.map((event) => event.detail['n']).join('');
    };
    const [one, again, other] = [await outcome(7), await outcome(7), await outcome(8)];
    expect(again).toBe(one);
    expect(other).not.toBe(one);
    expect(one.length).toBeGreaterThan(100);
    expect(one.length).toBeLessThan(180);
  });

  it('leaves an entry that is wrong anyway to its own refusal', async () => {
    const { bus, put } = await busUnderTest();
    const fault = bus.controls.failEntries({ code: 'ThrottlingException' });
    expect((await put([anEntry({ Detail: '[]' })])).Entries?.[0]?.ErrorCode).toBe('MalformedDetail');
    expect(fault.count).toBe(0);
  });

  it('ends when it is cleared', async () => {
    const { bus, put } = await busUnderTest();
    const fault = bus.controls.failEntries({ code: 'ThrottlingException' });
    await put(entries(1));
    fault.clear();
    expect((await put(entries(1))).FailedEntryCount).toBe(0);
    expect(fault.count).toBe(1);
  });
});

describe('failing calls', () => {
  it('refuses the next n calls as a whole and takes nothing of them', async () => {
    const { bus, put } = await busUnderTest();
    bus.controls.failCalls({ code: 'ThrottlingException', retryAfterSeconds: 7, next: 1 });
    await expect(put(entries(2))).rejects.toMatchObject({
      name: 'ThrottlingException',
      message: 'Rate exceeded',
      $metadata: { httpStatusCode: 400 },
      $response: { headers: { 'retry-after': '7' } },
    });
    expect(bus.events).toEqual([]);
    expect((await put(entries(2))).FailedEntryCount).toBe(0);
    expect(bus.controls.counts.failedCalls).toBe(1);
  });

  it('can take the batch and still answer with an error', async () => {
    const { bus, put } = await busUnderTest();
    bus.controls.failCalls({ code: 'InternalFailure', status: 500, taken: true, next: 1 });
    await expect(put(entries(2))).rejects.toMatchObject({
      name: 'InternalFailure',
      $metadata: { httpStatusCode: 500 },
    });
    expect(bus.events).toHaveLength(2);
  });

  it('denies access until told otherwise', async () => {
    const { bus, put } = await busUnderTest();
    const denied = bus.controls.denyAccess();
    for (let call = 0; call < 2; call++) {
      await expect(put([anEntry({ EventBusName: 'conversation-bridge' })])).rejects.toMatchObject({
        name: 'AccessDeniedException',
        message: expect.stringMatching(
          /not authorized to perform: events:PutEvents .*\/conversation-bridge /,
        ),
      });
    }
    denied.clear();
    expect((await put(entries(1))).FailedEntryCount).toBe(0);
    expect(denied.count).toBe(2);
  });
});

describe('dropping connections', () => {
  it.each([
    ['before the bus took the batch', { taken: false }, 0],
    ['after the bus took the batch', { taken: true }, 2],
  ])('cuts the connection %s', async (_when, fault, taken) => {
    const { bus, put } = await busUnderTest();
    bus.controls.dropConnections({ ...fault, next: 1 });
    await expect(put(entries(2))).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(bus.events).toHaveLength(taken);
    expect((await put(entries(1))).FailedEntryCount).toBe(0);
    expect(bus.controls.counts.droppedConnections).toBe(1);
  });
});

describe('late answers', () => {
  it('are held until they are released', async () => {
    const { bus, put, nextEvent } = await busUnderTest();
    const held = bus.controls.holdAnswers({ next: 1 });
    const taken = nextEvent();
    let answered = false;
    const answer = put(entries(1)).finally(() => {
      answered = true;
    });
    await taken;
    await put(entries(1));
    expect([answered, held.waiting, held.count]).toEqual([false, 1, 1]);
    held.release();
    expect((await answer).FailedEntryCount).toBe(0);
    expect([held.waiting, bus.events.length]).toEqual([0, 2]);
  });

  it('stay held when the fault is cleared, while new ones pass', async () => {
    const { bus, put, nextEvent } = await busUnderTest();
    const held = bus.controls.holdAnswers();
    const taken = nextEvent();
    const answer = put(entries(1));
    await taken;
    held.clear();
    expect((await put(entries(1))).FailedEntryCount).toBe(0);
    expect(held.waiting).toBe(1);
    held.release();
    expect((await answer).FailedEntryCount).toBe(0);
  });

  it('never come when the client gives up first, though the batch was taken', async () => {
    const { bus, put, nextEvent } = await busUnderTest();
    bus.controls.holdAnswers();
    const giveUp = new AbortController();
    const taken = nextEvent();
    const answer = put(entries(1), giveUp.signal);
    await taken;
    giveUp.abort();
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    expect(bus.events).toHaveLength(1);
    expect(bus.controls.counts.heldAnswers).toBe(1);
  });

  it('come after the delay, by the clock of the bus', async () => {
    const clock = new ManualClock();
    const { bus, put, nextEvent } = await busUnderTest({ clock });
    bus.controls.delayAnswers({ ms: 5000, next: 1 });
    const taken = nextEvent();
    let answered = false;
    const answer = put(entries(1)).finally(() => {
      answered = true;
    });
    await taken;
    await clock.advance(4999);
    await put(entries(1));
    expect(answered).toBe(false);
    await clock.advance(1);
    expect((await answer).FailedEntryCount).toBe(0);
    expect(bus.controls.counts.delayedAnswers).toBe(1);
  });

  it('do not keep the bus from closing', async () => {
    const clock = new ManualClock();
    const { bus, put, nextEvent } = await busUnderTest({ clock });
    bus.controls.delayAnswers({ ms: 5000, matching: (call) => call.length === 1 });
    const held = bus.controls.holdAnswers({ matching: (call) => call.length === 2 });
    const outcomes: Promise<unknown>[] = [];
    for (const count of [1, 2]) {
      const taken = nextEvent();
      outcomes.push(put(entries(count)).catch((error: unknown) => error));
      await taken;
    }
    expect([clock.pending, held.waiting]).toEqual([1, 1]);
    await bus.close();
    expect([clock.pending, held.waiting]).toEqual([0, 0]);
    for (const outcome of outcomes) expect(await outcome).toMatchObject({ code: 'ECONNRESET' });
  });
});

describe('faults together', () => {
  it('are independent, and one that ends a call early leaves the later ones unspent', async () => {
    const { bus, put } = await busUnderTest();
    bus.controls.failEntries({ code: 'ThrottlingException', next: 1 });
    bus.controls.dropConnections({ taken: true, next: 1 });
    bus.controls.failCalls({ code: 'InternalFailure', status: 500, next: 1 });
    await expect(put(entries(2))).rejects.toMatchObject({ name: 'InternalFailure' });
    expect(bus.controls.counts).toMatchObject({ failedCalls: 1, droppedConnections: 0, failedEntries: 0 });
    await expect(put(entries(2))).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(bus.controls.counts).toMatchObject({ failedCalls: 1, droppedConnections: 1, failedEntries: 1 });
    expect(bus.events).toHaveLength(1);
    expect((await put(entries(2))).FailedEntryCount).toBe(0);
  });

  it('all end at a reset, which releases what is held', async () => {
    const { bus, put, nextEvent } = await busUnderTest();
    bus.controls.holdAnswers({ next: 1 });
    const taken = nextEvent();
    const held = put(entries(1));
    await taken;
    bus.controls.failEntries({ code: 'ThrottlingException' });
    bus.controls.dropConnections({ taken: true });
    bus.controls.delayAnswers({ ms: 60_000 });
    bus.controls.denyAccess();
    bus.controls.reset();
    expect((await held).FailedEntryCount).toBe(0);
    expect((await put(entries(2))).FailedEntryCount).toBe(0);
  });
});
