import { describe, expect, it } from 'vitest';
import { LEASE_MS, stage } from './lease-harness.ts';

describe('Lease', () => {
  it('is taken at once by a listener that is alone', async () => {
    const { time, start } = stage();
    const { lease, diary, metrics } = start('a');
    await time.advance(0);
    expect([lease.held, lease.state, lease.epoch]).toEqual([true, 'held', time.now()]);
    expect(diary).toEqual([`acquired ${time.now()}`]);
    expect(metrics.take().gauges.get('LeaseHeld')).toBe(1);
    expect(metrics.total('LeaseTakeovers')).toBe(1);
  });

  it('is kept for as long as it is renewed', async () => {
    const { time, start } = stage();
    const a = start('a');
    const b = start('b');
    await time.advance(100 * LEASE_MS);
    expect([a.lease.held, b.lease.held]).toEqual([true, false]);
    expect(a.epochs).toHaveLength(1);
    expect(b.diary).toEqual([]);
  });

  it('is not taken by a listener that could not publish, until it says that it can', async () => {
    const { time, start } = stage();
    const a = start('a', false);
    await time.advance(3 * LEASE_MS);
    expect(a.lease.held).toBe(false);
    a.willing = true;
    a.lease.reconsider();
    await time.advance(0);
    expect(a.lease.held).toBe(true);
  });

  it('passes on within its time and a look more when the holder dies, to a higher epoch', async () => {
    const { time, start } = stage();
    const a = start('a');
    await time.advance(0);
    const b = start('b');
    await time.advance(LEASE_MS);
    a.host.stall();
    await time.advance(LEASE_MS);
    expect(b.lease.held).toBe(false);
    await time.advance(LEASE_MS / 50 + LEASE_MS / 6);
    expect(b.lease.held).toBe(true);
    expect(b.epochs[0]).toBeGreaterThan(a.epochs[0] ?? 0);
  });

  it('gives a higher epoch also when the clock of the successor is behind', async () => {
    const { time, start } = stage();
    const a = start('a');
    await time.advance(0);
    a.host.stall();
    const b = start('b');
    b.host.skewMs = -1_000_000;
    await time.advance(2 * LEASE_MS);
    expect(b.epochs).toEqual([(a.epochs[0] ?? 0) + 1]);
  });

  it('is not held by a process that wakes after its time, at the very instant it wakes', async () => {
    const { time, start } = stage();
    const a = start('a');
    await time.advance(100);
    a.host.stall();
    await time.advance(LEASE_MS);
    expect([a.lease.state, a.lease.held]).toEqual(['held', false]);
    a.host.wake();
    await time.advance(0);
    expect(a.diary).toEqual([
      expect.stringContaining('acquired'),
      'lost',
      expect.stringContaining('acquired'),
    ]);
    expect(a.epochs[1]).toBeGreaterThan(a.epochs[0] ?? 0);
    expect(a.metrics.total('LeasesLost')).toBe(1);
  });

  it('is lost, once, when the store is down for longer than it lasts, and comes back', async () => {
    const { time, start } = stage();
    const a = start('a');
    await time.advance(0);
    for (const fault of ['before', 'hangs'] as const) {
      a.diary.length = 0;
      a.host.fault = fault;
      await time.advance(3 * LEASE_MS);
      expect(a.diary).toEqual(['lost']);
      a.host.fault = 'none';
      await time.advance(LEASE_MS);
      expect(a.diary).toEqual(['lost', expect.stringContaining('acquired')]);
    }
    expect(a.metrics.total('LeaseStoreFailures')).toBeGreaterThan(5);
  });

  it('tells of the term before, and that is no take whose answer came too late', async () => {
    const { time, store, start } = stage();
    const b = start('b');
    await time.advance(0);
    b.host.stall();
    const a = start('a');
    a.host.fault = 'after';
    while ((await store.read())?.holder !== 'a') await time.advance(50);
    a.host.fault = 'before';
    await time.advance(2 * LEASE_MS);
    expect(a.diary).toEqual([]);
    a.host.fault = 'none';
    await time.advance(LEASE_MS);
    expect(a.befores).toEqual([{ epoch: b.epochs[0], isOwn: false }]);
    a.host.stall();
    await time.advance(LEASE_MS);
    a.host.wake();
    await time.advance(LEASE_MS);
    expect(a.befores[1]).toEqual({ epoch: a.epochs[0], isOwn: true });
  });

  it('outlives failures that are shorter than its time', async () => {
    const { time, start } = stage();
    const a = start('a');
    for (const fault of ['before', 'after', 'hangs', 'before'] as const) {
      await time.advance(LEASE_MS);
      a.host.fault = fault;
      await time.advance(LEASE_MS / 3);
      a.host.fault = 'none';
    }
    await time.advance(LEASE_MS);
    expect(a.epochs).toHaveLength(1);
    expect(a.diary).toHaveLength(1);
  });

  it('is recognised as its own when the answer to the take was lost', async () => {
    const { time, store, start } = stage();
    const a = start('a', false);
    await time.advance(0);
    a.willing = true;
    a.host.fault = 'after';
    await time.advance(LEASE_MS / 6);
    a.host.fault = 'none';
    const written = await store.read();
    await time.advance(LEASE_MS / 6);
    expect(written?.holder).toBe('a');
    expect(a.epochs).toEqual([written?.epoch]);
    expect(a.lease.held).toBe(true);
  });

  it('is no take of its own when the answer to a renewal was lost and the term is over: the epoch grows', async () => {
    const { time, start } = stage();
    const a = start('a');
    await time.advance(0);
    // The renewal is written, and neither that nor the look for it is answered before the term has run out.
    a.host.fault = 'hangs';
    await time.advance(LEASE_MS - 1);
    a.host.fault = 'none';
    await time.advance(1);
    expect(a.diary).toContain('lost');
    await time.advance(2 * LEASE_MS);
    expect(a.lease.held).toBe(true);
    expect(new Set(a.epochs).size).toBe(a.epochs.length);
    expect(a.epochs.length).toBeGreaterThan(1);
  });

  it('waits for its time when the record disappears, since its holder may not know yet', async () => {
    const { time, store, start } = stage();
    const a = start('a');
    await time.advance(0);
    const b = start('b');
    await time.advance(LEASE_MS / 6);
    a.host.stall();
    store.read = async () => undefined;
    const swaps: (string | undefined)[] = [];
    store.swap = async (expected) => {
      swaps.push(expected);
      return true;
    };
    await time.advance(LEASE_MS);
    expect(swaps).toEqual([]);
    await time.advance(LEASE_MS);
    expect(swaps[0]).toBeUndefined();
    expect(b.lease.held).toBe(true);
  });
});
