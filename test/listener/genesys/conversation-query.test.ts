import { describe, expect, it } from 'vitest';
import { findConversations, type Paging } from '../../../listener/genesys/conversation-query.ts';
import { UnexpectedAnswerError } from '../../../listener/genesys/unexpected-answer.ts';

const NOON = Date.UTC(2026, 0, 5, 12);
const MOST = 300;

/** A server that shows so many conversations of an interval, and refuses pages beyond that. */
class Server {
  readonly asked: string[] = [];
  readonly #startedAt: readonly number[];
  readonly #byDay: boolean;

  /** @param byDay whether it takes no notice of hours */
  constructor(startedAt: readonly number[], byDay = false) {
    this.#startedAt = startedAt;
    this.#byDay = byDay;
  }

  async query(interval: string, { pageSize, pageNumber }: Paging) {
    this.asked.push(`${interval} ${pageNumber}`);
    if (pageSize * pageNumber > MOST) throw new Error('refused');
    const [from = 0, until = 0] = interval.split('/').map((time) => Date.parse(time));
    const all = this.#startedAt
      .filter((at) => this.#byDay || (at >= from && at < until))
      .toSorted((a, b) => b - a);
    const page = all.slice((pageNumber - 1) * pageSize, pageNumber * pageSize);
    const conversations = page.map((at) => ({
      conversationId: `c${this.#startedAt.indexOf(at)}`,
      conversationStart: new Date(at).toISOString(),
    }));
    return { conversations, totalHits: all.length };
  }
}

async function found(server: Server): Promise<string[]> {
  const ids: string[] = [];
  for await (const { id } of findConversations(NOON, NOON, server.query.bind(server), MOST)) ids.push(id);
  return ids;
}

describe('more conversations than a query shows', () => {
  it('are all found, by intervals that end where the last one was cut off', async () => {
    const server = new Server(Array.from({ length: 1_000 }, (_, n) => NOON - n * 1_000));
    const ids = await found(server);
    expect(new Set(ids).size).toBe(1_000);
    expect(ids.map((id) => Number(id.slice(1)))).toEqual(
      ids.map((id) => Number(id.slice(1))).toSorted((a, b) => a - b),
    );
    expect(ids.length).toBeLessThan(1_010);
  });

  it('are as many as it shows: nothing more is asked for', async () => {
    const server = new Server(Array.from({ length: MOST }, (_, n) => NOON - n * 1_000));
    expect(await found(server)).toHaveLength(MOST);
    expect(server.asked).toHaveLength(MOST / 100);
  });

  it('cannot be told when hours make no difference, or when all begin at one moment', async () => {
    const many = Array.from({ length: 1_000 }, (_, n) => NOON - n * 1_000);
    await expect(found(new Server(many, true))).rejects.toThrow(UnexpectedAnswerError);
    await expect(found(new Server(many.fill(NOON)))).rejects.toThrow(/no more than 300 conversations/);
  });
});
