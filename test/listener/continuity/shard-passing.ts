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
