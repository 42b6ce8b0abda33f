import { type Listener, Shard } from './shard.ts';

/** Time goes on, and the server gives a sign of life every second. */
export async function pass(shard: Shard, ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= 1_000) {
    for (const listener of shard.listeners) listener.beat();
    await shard.clock.advance(Math.min(left, 1_000));
  }
}

export async function startAlone(): Promise<{ shard: Shard; listener: Listener }> {
  const shard = new Shard();
  const listener = shard.start();
  listener.connect();
  await pass(shard, 1_000);
  return { shard, listener };
}

/** Starts a listener that claims the lease when it is offered, and dies just when it is given back to it. */
export function claimedByOneWhoDies(shard: Shard): void {
  const claimant = shard.start();
  const swap = shard.leases.swap.bind(shard.leases);
  shard.leases.swap = async (nonce, next) => {
    const isWritten = await swap(nonce, next);
    if (next.state === 'released') claimant.kill();
    return isWritten;
  };
  claimant.connect();
}
