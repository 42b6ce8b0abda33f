import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ContactCentre, type ContactCentreOptions } from '../../../mock/contact-centre/contact-centre.ts';
import { ManualClock } from '../../manual-clock.ts';

/** A contact centre and the text of all its changes. */
function record(options: ContactCentreOptions = {}) {
  const clock = new ManualClock();
  const centre = new ContactCentre({ clock, ...options });
  const texts: string[] = [];
  let conversations = 0;
  const stop = centre.on('change', (change) => {
    if (change.conversationId !== undefined) conversations += 1;
    for (const { topicName, body } of change.notifications) {
      texts.push(`${change.id} ${change.at} ${change.correlationId} ${topicName} ${body()}`);
    }
  });
  return { clock, centre, texts, stop, updates: () => conversations };
}

describe('the contact centre', () => {
  it('gives the same bytes for the same seed and clock, and others for another seed', () => {
    const run = (seed: number) => {
      const { centre, texts } = record({ seed });
      for (let update = 0; update < 400; update += 1) centre.step();
      return texts.join('\n');
    };
    const first = run(11);
    expect(first.length).toBeGreaterThan(100_000);
    expect(run(11)).toBe(first);
    expect(run(12)).not.toBe(first);
  });

  it.each([1, 20, 333, 2000])('makes %i updates a second', async (rate) => {
    const { clock, centre, updates } = record({ rate });
    centre.start();
    await clock.advance(3000);
    expect(updates()).toBe(rate * 3);
    centre.stop();
    await clock.advance(3000);
    expect(updates()).toBe(rate * 3);
  });

  it('does not make up for the time in which the process stood still', async () => {
    const clock = new ManualClock();
    let asleep = 0;
    const sleepy = {
      now: () => clock.now(),
      monotonic: () => clock.monotonic() + asleep,
      after: (ms: number, fn: () => void) => clock.after(ms, fn),
      sleep: (ms: number) => clock.sleep(ms),
    };
    const { centre, updates } = record({ clock: sleepy, rate: 10 });
    centre.start();
    await clock.advance(1000);
    asleep = 3_600_000;
    await clock.advance(1000);
    expect(updates()).toBeLessThan(25);
    expect(updates()).toBeGreaterThan(15);
  });

  it('has queues and agents with invented names and addresses at example.com', () => {
    const { centre } = record({ queues: 12, agents: 50 });
    expect(centre.queues.slice(0, 3).map(({ name }) => name)).toEqual(['Support', 'Billing', 'Sales']);
    expect(new Set(centre.queues.map(({ name }) => name)).size).toBe(12);
    expect(new Set(centre.agents.map(({ email }) => email)).size).toBe(50);
    for (const { email } of centre.agents) expect(email).toMatch(/^[a-z]+\.[a-z]+\d+@example\.com$/);
  });

  it('uses only telephone numbers that are reserved for fiction', () => {
    const { centre, texts } = record();
    for (let update = 0; update < 1000; update += 1) centre.step();
    const numbers = texts.join('\n').match(/\+1\d+/g) ?? [];
    expect(numbers.length).toBeGreaterThan(100);
    for (const number of numbers) expect(number).toMatch(/^\+1\d{3}55501\d{2}$/);
  });

  it('sends conversations to a new queue, and none to one that is gone', () => {
    const { centre, texts } = record({ queues: 1 });
    const [old] = centre.queues;
    const added = centre.addQueue('Night Desk');
    expect(centre.removeQueue(old?.id ?? '')).toBe(true);
    for (let update = 0; update < 100; update += 1) centre.step();
    expect(texts.some((text) => text.includes(`v2.routing.queues.${added.id}.conversations`))).toBe(true);
    expect(texts.some((text) => text.includes(`v2.routing.queues.${old?.id}`))).toBe(false);
    expect(centre.removeQueue(added.id)).toBe(false);
  });

  it('knows the truth of open and recently ended conversations, and forgets older ones', () => {
    const { centre } = record({ keepEnded: 5 });
    const ids = new Set<string>();
    centre.on('change', ({ conversationId }) => {
      if (conversationId !== undefined) ids.add(conversationId);
    });
    for (let update = 0; update < 3000; update += 1) centre.step();
    expect(ids.size).toBeGreaterThan(100);
    const known = [...ids].filter((id) => centre.truth(id) !== undefined);
    expect(known).toHaveLength(centre.openConversations + 5);
    expect(centre.truth('00000000-0000-4000-8000-000000000000')).toBeUndefined();
  });

  it('has a conversation end when the last one left it or was done with after-call work, to the millisecond', () => {
    class RestlessClock extends ManualClock {
      #looks = 0;
      override now(): number {
        return super.now() + ++this.#looks;
      }
    }
    const { centre } = record({ clock: new RestlessClock() });
    for (let n = 0; n < 2_000; n++) centre.step();
    const ended = centre.beginnings().filter(({ endTime }) => endTime !== undefined);
    expect(ended.length).toBeGreaterThan(50);
    const times = z.object({ endTime: z.string().optional(), endAcwTime: z.string().optional() });
    for (const { id, endTime } of ended) {
      const { participants = [] } = centre.truth(id) ?? {};
      const parsed = participants.map((participant) => times.parse(participant));
      expect(
        parsed
          .flatMap(({ endTime: end, endAcwTime }) => [end ?? '', endAcwTime ?? ''])
          .sort()
          .at(-1),
      ).toBe(endTime);
    }
  });

  it('gives out copies of the truth', () => {
    const { centre } = record({ maxOpen: 1 });
    const given = [];
    for (let update = 0; update < 200; update += 1) {
      centre.step();
      const [id = ''] = centre.openConversationIds();
      const truth = centre.truth(id);
      given.push({ truth, text: JSON.stringify(truth) });
    }
    for (const { truth, text } of given) expect(JSON.stringify(truth)).toBe(text);
    expect(new Set(given.map(({ text }) => text)).size).toBeGreaterThan(100);
  });

  it('keeps no more conversations open than it may', () => {
    const { centre } = record({ maxOpen: 3 });
    const counts = Array.from({ length: 300 }, () => {
      centre.step();
      return centre.openConversations;
    });
    expect(Math.max(...counts)).toBe(3);
  });

  it('stops telling a listener that has been taken off', () => {
    const { centre, texts, stop } = record();
    centre.step();
    stop();
    const before = texts.length;
    centre.step();
    expect(texts).toHaveLength(before);
  });

  it.each([
    [{ rate: 0 }, 'rate'],
    [{ rate: Number.NaN }, 'rate'],
    [{ queues: 0 }, 'queue'],
    [{ agents: 0 }, 'agent'],
  ])('refuses %o', (options, word) => {
    expect(() => new ContactCentre(options)).toThrow(word);
  });
});
