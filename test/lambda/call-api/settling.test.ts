import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { until } from '../../until.ts';
import { status } from './api-server.ts';
import { FunctionUnderTest, sample } from './harness.ts';

describe('each event ends delivered, kept with its reason, or thrown back to Lambda', () => {
  let fn: FunctionUnderTest;
  beforeEach(async () => {
    fn = new FunctionUnderTest({ API_ATTEMPTS: '1' });
    await fn.start();
  });
  afterEach(() => fn.stop());

  it('keeps what the API refuses, as it came and with the reason', async () => {
    fn.api.replies(status(422));
    const event = sample();
    await fn.invoke(event);
    expect(fn.failed).toEqual([
      {
        event,
        reason: { code: 'ApiRefused', message: 'the API answered 422', status: 422, attempts: 1 },
      },
    ]);
  });

  it('keeps what does not fit the contract, and does not call', async () => {
    const event = { ...sample(), detail: { topicName: 'v2.x' } };
    await fn.invoke(event);
    expect(fn.failed).toMatchObject([{ event, reason: { code: 'InvalidEvent', attempts: 0 } }]);
    expect(fn.failed[0]?.reason.message).toContain('detail.bridge: ');
    expect(fn.api.received).toEqual([]);
  });

  it.each([
    ['a detail-type of nobody', { ...sample(), 'detail-type': 'Order Placed' }],
    ['__proto__ as detail-type', { ...sample(), 'detail-type': '__proto__' }],
    ['another source', { ...sample(), source: 'somebody' }],
    ['no object', 'event'],
    ['null', null],
    ['a list', [sample()]],
  ])('keeps %s', async (_, event) => {
    await fn.invoke(event);
    expect(fn.failed).toMatchObject([{ event, reason: { code: 'InvalidEvent' } }]);
  });

  it('keeps an event whose id no header can carry', async () => {
    const event = sample();
    const text = JSON.stringify(event).replace(/"eventId":"[^"]+"/, '"eventId":"two\\r\\nlines"');
    await fn.invoke(JSON.parse(text));
    expect(fn.failed).toMatchObject([{ reason: { code: 'InvalidEvent' } }]);
    expect(fn.api.received).toEqual([]);
  });

  it('throws what failed for now, and keeps nothing', async () => {
    fn.api.replies(status(503));
    await expect(fn.invoke(sample())).rejects.toMatchObject({ name: 'ApiUnavailable' });
    expect(fn.failed).toEqual([]);
  });

  it('throws when what failed for good can’t be kept, so that Lambda keeps it', async () => {
    fn.api.replies(status(400));
    fn.queueFailure = new Error('queue is gone');
    await expect(fn.invoke(sample())).rejects.toMatchObject({ name: 'QueueUnavailable', status: 400 });
    fn.queueFailure = undefined;
    await fn.invoke(sample());
    expect(fn.failed).toHaveLength(1);
  });

  it('delivers an event once, however often it comes', async () => {
    await fn.invoke(sample());
    await fn.invoke({ ...sample(), id: 'another-delivery' });
    expect(fn.api.received).toHaveLength(1);
    expect(fn.figures().map((figures) => figures['DuplicatesSkipped'])).toEqual([0, 1]);
  });

  it('stores nothing of the event but a hash of its id', async () => {
    await fn.invoke(sample());
    const [record] = fn.store.records.values();
    expect(record?.responseData).toBe('delivered');
    expect(record?.idempotencyKey).toMatch(/^#[A-Za-z0-9+/]{43}=$/);
  });

  it('keeps an event of a later contract for whoever deploys a later consumer, and says what it does not know', async () => {
    const event = JSON.parse(JSON.stringify(sample()));
    event.detail.bridge.contractVersion = '2';
    await fn.invoke(event);
    expect(fn.api.received).toEqual([]);
    expect(fn.failed).toMatchObject([
      { event, reason: { code: 'InvalidEvent', message: expect.stringContaining('contractVersion') } },
    ]);
  });

  it('leaves out what a replay of the archive brings when it is done, and says which replay it was', async () => {
    await fn.invoke(sample());
    await fn.invoke({ ...sample(), id: 'replayed', 'replay-name': 'after-the-outage' });
    expect(fn.api.received).toHaveLength(1);
    const [skipped] = fn.lines().filter(({ message }) => message === 'duplicate skipped');
    expect(skipped).toMatchObject({ replayName: 'after-the-outage', eventId: expect.any(String) });
  });

  it('does what a replay of the archive brings when it has failed before', async () => {
    fn.api.replies(status(400), status(200));
    await fn.invoke(sample());
    await fn.invoke({ ...sample(), 'replay-name': 'after-the-outage' });
    expect(fn.api.received).toHaveLength(2);
  });

  it('knows an event to be done for longer than the archive keeps it, unless told otherwise', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    try {
      await fn.invoke(sample());
      vi.advanceTimersByTime(31 * 86_400_000 - 2_000);
      await fn.invoke(sample());
      expect(fn.api.received).toHaveLength(1);
      vi.advanceTimersByTime(4_000);
      await fn.invoke(sample());
      expect(fn.api.received).toHaveLength(2);
    } finally {
      vi.useRealTimers();
    }
  });

  it('calls two events that look alike, because their ids differ', async () => {
    await fn.invoke(sample('call connected'));
    await fn.invoke(sample('call retrieved'));
    expect(fn.api.received).toHaveLength(2);
  });

  it.each([400, 503])(
    'forgets an event that failed with %d, so that a redrive is no duplicate',
    async (code) => {
      fn.api.replies(status(code), status(200));
      await fn.invoke(sample()).catch(() => {});
      await fn.invoke(sample());
      expect(fn.api.received).toHaveLength(2);
      expect(fn.output).toContain('"message":"delivered"');
    },
  );

  it('throws while another invocation is handling the same event', async () => {
    let answer = () => {};
    fn.api.replies((response) => {
      answer = () => response.writeHead(200).end();
    });
    const first = fn.invoke(sample());
    await until(() => fn.api.received.length === 1);
    await expect(fn.invoke(sample())).rejects.toMatchObject({ name: 'AlreadyInProgress' });
    answer();
    await first;
    await fn.invoke(sample());
    expect(fn.api.received).toHaveLength(1);
  });

  it('throws when the idempotency table can’t be written, before anything is called', async () => {
    const denied = new Error('not authorised');
    denied.name = 'AccessDeniedException';
    fn.store.failure = denied;
    await expect(fn.invoke(sample())).rejects.toMatchObject({
      name: 'IdempotencyUnavailable',
      message: expect.stringContaining('AccessDeniedException'),
    });
    expect(fn.api.received).toEqual([]);
  });

  it('takes 409 as a request that is still at work, unless told otherwise', async () => {
    fn.api.replies(status(409));
    await expect(fn.invoke(sample())).rejects.toMatchObject({ name: 'ApiBusy' });
  });
});
