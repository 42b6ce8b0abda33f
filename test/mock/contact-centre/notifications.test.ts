import { describe, expect, it } from 'vitest';
import type { Change } from '../../../mock/contact-centre/change.ts';
import { ContactCentre } from '../../../mock/contact-centre/contact-centre.ts';
import { ManualClock } from '../../manual-clock.ts';
import { Snapshot } from './snapshot.ts';

const UPPER_CASE: unknown = expect.stringMatching(/^[A-Z]+$/);

describe('the notifications of a conversation', () => {
  const collect = (updates: number): Change[] => {
    const centre = new ContactCentre({ seed: 2, clock: new ManualClock() });
    const changes: Change[] = [];
    centre.on('change', (change) => {
      for (const notification of change.notifications) notification.body();
      changes.push(change);
    });
    for (let update = 0; update < updates; update += 1) centre.step();
    return changes;
  };
  const WHOLE = /^v2\.(routing\.queues|users)\.[\da-f-]{36}\.conversations$/;

  it('carry the same bytes on queue topics and user topics', () => {
    let compared = 0;
    for (const { notifications } of collect(500)) {
      const bodies = notifications.filter(({ topicName }) => WHOLE.test(topicName)).map(({ body }) => body());
      expect(new Set(bodies).size).toBeLessThan(2);
      if (bodies.length > 1) compared += 1;
    }
    expect(compared).toBeGreaterThan(100);
  });

  it('repeat a body genuinely when an agent mutes, unmutes and mutes again', () => {
    const bodies = new Map<string, string[]>();
    for (const { conversationId = '', notifications } of collect(3000)) {
      const body = notifications.find(({ topicName }) => WHOLE.test(topicName))?.body();
      if (body !== undefined) bodies.set(conversationId, [...(bodies.get(conversationId) ?? []), body]);
    }
    const unmuted = (body = '') => body.replaceAll('"muted":true', '"muted":false');
    const repetitions = [...bodies.values()].flatMap((list) =>
      list.filter((body, index) => {
        const between = list[index - 1];
        return body === list[index - 2] && body !== between && unmuted(body) === unmuted(between);
      }),
    );
    expect(repetitions.length).toBeGreaterThan(10);
  });

  it('start at about 1 KB and grow beyond 6 KB with five or six participants', () => {
    const whole = collect(4000).flatMap(({ notifications }) => {
      const body = notifications.find(({ topicName }) => WHOLE.test(topicName))?.body();
      return body === undefined
        ? []
        : [{ size: body.length, legs: Snapshot.parse(JSON.parse(body)).participants.length }];
    });
    const smallest = Math.min(...whole.map(({ size }) => size));
    const large = whole.filter(({ legs }) => legs >= 5).map(({ size }) => size);
    expect(smallest).toBeGreaterThan(900);
    expect(smallest).toBeLessThan(2000);
    expect(Math.max(...large)).toBeGreaterThan(6000);
  });

  it('show one medium flat on its own topic', () => {
    const topic = /^v2\.users\.[\da-f-]{36}\.conversations\.calls$/;
    const calls = collect(500).flatMap(({ notifications }) =>
      notifications.filter(({ topicName }) => topic.test(topicName)),
    );
    expect(calls.length).toBeGreaterThan(50);
    for (const { body } of calls) {
      expect(JSON.parse(body())).toMatchObject({
        participants: expect.arrayContaining([
          expect.objectContaining({
            state: expect.any(String),
            direction: expect.any(String),
            held: expect.any(Boolean),
          }),
        ]),
      });
      expect(body()).not.toContain('"calls":');
    }
  });

  it('tell each step as a flat detail event with epoch milliseconds and upper-case words', () => {
    const details = collect(2000).flatMap(({ notifications }) =>
      notifications.filter(({ topicName }) => topicName.startsWith('v2.detail.events.conversation.')),
    );
    const names = new Set(details.map(({ topicName }) => topicName.split('.').slice(5).join('.')));
    expect(names).toEqual(
      new Set([
        'acd.end',
        'acd.start',
        'acw',
        'attributes',
        'customer.end',
        'customer.start',
        'flow.end',
        'flow.outcome',
        'flow.start',
        'user.end',
        'user.start',
        'wrapup',
      ]),
    );
    for (const { topicName, body } of details) {
      const words = topicName.endsWith('.attributes') ? {} : { mediaType: UPPER_CASE, direction: UPPER_CASE };
      expect(JSON.parse(body())).toMatchObject({ eventTime: expect.any(Number), ...words });
    }
  });

  it('tell what agents do on topics of their own', () => {
    const topics = collect(1000)
      .filter(({ conversationId }) => conversationId === undefined)
      .flatMap(({ notifications }) => notifications.map(({ topicName }) => topicName.split('.').at(-1)));
    expect(new Set(topics)).toEqual(
      new Set(['routingStatus', 'presence', 'activity', 'conversationsummary']),
    );
  });

  it('are refused when they are asked for after the conversation has moved on', () => {
    const centre = new ContactCentre({ seed: 2, clock: new ManualClock(), maxOpen: 1 });
    const kept: Change[] = [];
    centre.on('change', (change) => kept.push(change));
    for (let update = 0; update < 20; update += 1) centre.step();
    const early = kept
      .flatMap(({ notifications }) => notifications)
      .find(({ topicName }) => WHOLE.test(topicName));
    expect(() => early?.body()).toThrow('has changed since');
  });
});
