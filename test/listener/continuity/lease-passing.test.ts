import { describe, expect, it } from 'vitest';
import type { LeaseRecord } from '../../../listener/continuity/lease-store.ts';
import { LEASE_MS, stage } from './lease-harness.ts';

describe('A lease that is passed on', () => {
  it('goes to whoever claims it when it is offered, once the holder has let go', async () => {
    const { time, store, start } = stage();
    const a = start('a');
    await time.advance(0);
    const b = start('b');
    let drained = () => {};
    a.onClaimed = async () => {
      await new Promise<void>((resolve) => {
        drained = resolve;
      });
      await a.lease.release();
    };
    a.lease.offer();
    const taken = a.lease.taken(10 * LEASE_MS);
    await time.advance(LEASE_MS);
    expect(a.diary.slice(1)).toEqual(['claimed']);
    expect(await store.read()).toMatchObject({ holder: 'a', state: 'claimed', claimant: 'b' });
    await time.advance(4 * LEASE_MS);
    // However long the holder drains, it holds the lease.
    expect([a.lease.held, b.lease.held]).toEqual([true, false]);
    drained();
    await time.advance(LEASE_MS / 6);
    expect([a.lease.held, b.lease.held]).toEqual([false, true]);
    expect(await taken).toBe(true);
    expect(a.diary).not.toContain('lost');
    await time.advance(10 * LEASE_MS);
    expect(b.lease.held).toBe(true);
  });

  it('stays where it is when an offer is withdrawn before anybody claims it', async () => {
    const { time, store, start } = stage();
    const a = start('a');
    a.lease.offer();
    await time.advance(0);
    a.lease.offer();
    await time.advance(0);
    expect(await store.read()).toMatchObject({ state: 'offered' });
    a.lease.withdrawOffer();
    await time.advance(0);
    expect(await store.read()).toMatchObject({ state: 'held' });
    const b = start('b');
    await time.advance(5 * LEASE_MS);
    expect([a.lease.held, b.lease.held]).toEqual([true, false]);
  });

  it('is taken by a third when holder and claimant die', async () => {
    const { time, start } = stage();
    const a = start('a');
    await time.advance(0);
    const b = start('b');
    const c = start('c', false);
    a.onClaimed = () => new Promise(() => {});
    a.lease.offer();
    await time.advance(LEASE_MS);
    a.host.stall();
    b.host.stall();
    c.willing = true;
    await time.advance(2 * LEASE_MS);
    expect(c.lease.held).toBe(true);
  });

  it('is not prolonged by what a claimant writes', async () => {
    const { time, store, start } = stage();
    const a = start('a');
    a.lease.offer();
    await time.advance(0);
    a.lease.offer();
    await time.advance(0);
    const record = await store.read();
    if (record === undefined) throw new Error('no lease');
    a.host.fault = 'before';
    await time.advance(LEASE_MS - 600);
    const claim: LeaseRecord = { ...record, nonce: 'claim', state: 'claimed', claimant: 'b' };
    expect(await store.swap((await store.read())?.nonce, claim)).toBe(true);
    a.host.fault = 'none';
    // It learns of the claim and writes no more: the rest of its time is what is left of its own last renewal.
    const swap = store.swap.bind(store);
    store.swap = async () => Promise.reject(new Error('down'));
    await time.advance(590);
    store.swap = swap;
    expect(a.diary).toContain('claimed');
    await time.advance(20);
    expect(a.diary).toContain('lost');
  });

  it('is left to others for its time after a release, then taken again', async () => {
    const { time, start } = stage();
    const a = start('a');
    await time.advance(0);
    const released = a.lease.release();
    expect(a.lease.held).toBe(false);
    await released;
    await time.advance(LEASE_MS);
    expect(a.lease.held).toBe(false);
    await time.advance(LEASE_MS / 2);
    expect(a.lease.held).toBe(true);
    expect(a.diary).not.toContain('lost');
  });

  it('is free at once for others after a stop, and never taken again by the one that stopped', async () => {
    const { time, store, start } = stage();
    const a = start('a');
    await time.advance(0);
    const b = start('b');
    await time.advance(0);
    const stopped = a.lease.stop();
    await time.advance(0);
    await stopped;
    expect(a.lease.state).toBe('stopped');
    expect(await store.read()).toMatchObject({ holder: 'a', state: 'released' });
    await time.advance(LEASE_MS / 6);
    expect(b.lease.held).toBe(true);
    await b.lease.stop();
    expect(time.pending).toBe(0);
  });

  it('stops while a take is under way without holding on to the lease', async () => {
    const { time, store, start } = stage();
    const a = start('a');
    const stopped = a.lease.stop();
    await time.advance(LEASE_MS);
    await stopped;
    expect((await store.read())?.state ?? 'released').toBe('released');
    expect(a.diary).toEqual([]);
  });

  it('resolves a release whose store is down, when the time is over', async () => {
    const { time, start } = stage();
    const a = start('a');
    await time.advance(0);
    a.host.fault = 'before';
    const stopped = a.lease.stop();
    await time.advance(2 * LEASE_MS);
    await stopped;
    expect(a.lease.state).toBe('stopped');
    expect(a.diary).not.toContain('lost');
  });

  it('is given back when its owner cannot follow, and begins no term while the owner is still busy', async () => {
    const { time, start } = stage();
    const a = start('a');
    a.onAcquired = async () => Promise.reject(new Error('no checkpoint'));
    await time.advance(0);
    const b = start('b');
    await time.advance(LEASE_MS / 6);
    expect([a.lease.held, b.lease.held]).toEqual([false, true]);
    let finish = () => {};
    a.onAcquired = () =>
      new Promise((resolve) => {
        finish = resolve;
      });
    b.host.stall();
    await time.advance(2 * LEASE_MS);
    expect(a.lease.held).toBe(true);
    a.host.fault = 'before';
    await time.advance(2 * LEASE_MS);
    a.host.fault = 'none';
    await time.advance(2 * LEASE_MS);
    expect([a.diary.at(-1), a.lease.held]).toEqual(['lost', false]);
    finish();
    await time.advance(LEASE_MS);
    expect(a.lease.held).toBe(true);
  });

  it('says after a while that nobody has taken it', async () => {
    const { time, start } = stage();
    const a = start('a');
    await time.advance(0);
    a.lease.offer();
    const taken = a.lease.taken(5_000);
    await time.advance(5_000);
    expect(await taken).toBe(false);
  });
});
