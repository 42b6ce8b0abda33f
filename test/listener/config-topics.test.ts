import { describe, expect, it } from 'vitest';
import { ConfigError, readConfig } from '../../listener/config.ts';

/** A different id for each number. */
const id = (n: number) => `${n.toString(16).padStart(8, '0')}-7f8b-4f4f-9a59-5b6f2f6f0a01`;

function problemsOf(topics: string): readonly string[] {
  try {
    readConfig({ GENESYS_SECRET_ID: 'genesys', TOPICS: topics });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('the number of topics', () => {
  const queues = (count: number) => Array.from({ length: count }, (_, n) => `queue:${id(n)}`).join();

  it('may be 1,000', () => {
    expect(problemsOf(queues(1000))).toEqual([]);
  });

  it('may not be 1,001', () => {
    expect(problemsOf(queues(1001))).toEqual([
      'TOPICS: needs 1001 subscriptions or more; a channel holds 1000 at most: spread the topics over shards',
    ]);
  });

  it('counts repetitions once', () => {
    expect(problemsOf(`${queues(1000)},${queues(1000)}`)).toEqual([]);
  });

  it('counts topics that combine as one', () => {
    const topics = Array.from(
      { length: 1000 },
      (_, n) => `v2.users.${id(n)}.presence,v2.users.${id(n)}.activity`,
    );
    expect(problemsOf(topics.join())).toEqual([]);
    expect(problemsOf([...topics, `v2.users.${id(1000)}.presence`].join())).toHaveLength(1);
  });

  it('counts a conversation as the six subscriptions that it takes', () => {
    const conversations = (count: number) => Array.from({ length: count }, (_, n) => `conversation:${id(n)}`);
    expect(problemsOf(conversations(166).join())).toEqual([]);
    expect(problemsOf(conversations(167).join())).toHaveLength(1);
  });

  it('counts what is listed as one, since it is not known yet', () => {
    expect(problemsOf(`${queues(999)},queues:*`)).toEqual([]);
    expect(problemsOf(`${queues(1000)},queues:*`)).toHaveLength(1);
  });
});
