import { describe, expect, it } from 'vitest';
import { Subscriptions } from '../../../../listener/genesys/session/subscriptions.ts';
import { MetricsAggregate } from '../../../../listener/telemetry/aggregate.ts';
import { ContactCentre } from '../../../../mock/contact-centre/contact-centre.ts';
import { ManualClock } from '../../../manual-clock.ts';
import { until } from '../../../until.ts';
import { recordedLog } from '../organisation.ts';
import { createSession } from './harness.ts';

const topicOf = ({ id }: { id: string }) => `v2.routing.queues.${id}.conversations`;

describe('queues that come and go', () => {
  it('are subscribed to and dropped without reconnecting', async () => {
    const { goLive, centre, connected, elapse, changes, logged } = await createSession();
    await goLive();
    const before = changes.length;
    const [first] = centre.queues;
    const added = centre.addQueue('Brand New');
    centre.removeQueue(first?.id ?? '');
    await elapse(300_000);
    await until(() => connected()[0]?.subscriptions.includes(topicOf(added)) === true);
    expect(connected()[0]?.subscriptions).toEqual(centre.queues.map(topicOf));
    expect(changes).toHaveLength(before);
    expect(logged('subscribed').at(-1)).toMatchObject({ subscriptions: 3, added: 1, removed: 1 });
  });

  it('are looked for again and again, but put only when something changed', async () => {
    const { goLive, elapse, logged, centre, session } = await createSession({ refreshMs: 60_000 });
    await goLive();
    await elapse(3 * 60_000);
    expect(logged('subscribed')).toHaveLength(1);
    centre.addQueue();
    await elapse(60_000);
    await until(() => logged('subscribed').length === 2);
    centre.addQueue();
    await elapse(60_000);
    await until(() => logged('subscribed').length === 3);
    expect(session.state).toBe('live');
  });

  it('are told with the time of the look before, when they were not there, and only then', async () => {
    const { goLive, elapse, addedSince, centre, clock, mock, session } = await createSession({
      refreshMs: 60_000,
    });
    const startedAt = clock.now();
    await goLive();
    await elapse(60_000);
    expect(addedSince).toEqual([]);
    centre.addQueue();
    await elapse(60_000);
    await until(() => addedSince.length === 1);
    expect(addedSince).toEqual([startedAt + 60_000]);
    // A connection that is made anew finds what was added meanwhile, too.
    centre.addQueue();
    mock.controls.drop();
    await until(() => session.state === 'backing-off');
    await elapse(1_000);
    await until(() => addedSince.length === 2);
    expect(addedSince[1]).toBe(startedAt + 120_000);
  });

  it('bring their notifications', async () => {
    const { goLive, centre, elapse, mock, connected, notifications } = await createSession({
      topics: ['queue:Late'],
      centre: { queues: 1 },
    });
    const late = centre.addQueue('Late');
    await goLive();
    expect(connected()[0]?.subscriptions).toEqual([topicOf(late)]);
    for (let n = 0; n < 40; n++) centre.step();
    await elapse(1_000);
    await until(() => notifications.length === mock.record.written);
    expect(notifications.length).toBeGreaterThan(0);
  });

  it('that cannot be listed for once stay subscribed to', async () => {
    const { goLive, mock, connected, elapse, logged, session } = await createSession();
    await goLive();
    mock.controls.failNext('GET', /queues$/, { status: 403 });
    await elapse(300_000);
    expect(connected()[0]?.subscriptions).toHaveLength(3);
    expect(logged('no topic for queues:*')).toHaveLength(1);
    mock.controls.failNext('GET', /queues$/, { status: 400 });
    await elapse(300_000);
    await until(() => logged('topics could not be looked up again').length === 1);
    expect(session.state).toBe('live');
  });

  it('that are listed as none stay subscribed to', async () => {
    const { goLive, mock, centre, connected, elapse, logged, metrics, subscriptions } = await createSession();
    await goLive();
    const [first] = centre.queues.map(topicOf);
    mock.controls.failNext('GET', /queues$/, { status: 200, body: { entities: [], pageCount: 0 } });
    await elapse(300_000);
    await until(() => logged('no topic for queues:*').length === 1);
    expect(connected()[0]?.subscriptions).toHaveLength(3);
    expect(subscriptions.includes(first ?? '')).toBe(true);
    expect(metrics.take().gauges.get('TopicsSubscribed')).toBe(3);
  });

  it.each([
    { listing: 'refused', failure: { status: 403 } },
    { listing: 'empty', failure: { status: 200, body: { entities: [], pageCount: 0 } } },
  ])('stay subscribed to when their listing is $listing and other topics are there', async ({ failure }) => {
    const topics = ['queues:*', 'user:aiko.ashdown1@example.com', 'queue:Late'];
    const { goLive, mock, centre, connected, elapse, logged } = await createSession({ topics });
    await goLive();
    expect(connected()[0]?.subscriptions).toHaveLength(4);
    const late = centre.addQueue('Late');
    // The listing fails, the search for the new queue by its name after it does not.
    mock.controls.failNext('GET', /queues$/, failure);
    await elapse(300_000);
    await until(() => connected()[0]?.subscriptions.includes(topicOf(late)) === true);
    expect(connected()[0]?.subscriptions).toHaveLength(5);
    await until(() => logged('no topic for queues:*').length === 1);
    // And once it works again, what has gone is dropped.
    centre.removeQueue(late.id);
    await elapse(300_000);
    await until(() => connected()[0]?.subscriptions.includes(topicOf(late)) === false);
  });
});

describe('a topic that is refused', () => {
  it('is told once for a connection, with what is missing, and counted', async () => {
    const harness = await createSession({ refreshMs: 60_000 });
    const { goLive, mock, centre, elapse, logged, metrics, elapseUntil, states } = harness;
    const [first] = centre.queues;
    mock.controls.denyDivision(first?.id ?? '');
    await goLive();
    centre.addQueue();
    await elapse(60_000);
    await until(() => logged('subscribed').length === 2);
    const refusals = logged('topic refused');
    expect(refusals).toHaveLength(1);
    expect(refusals[0]).toMatchObject({
      level: 'warn',
      missingPermissions: ['conversation:communication:view'],
    });
    const { gauges } = metrics.take();
    expect([gauges.get('TopicsSubscribed'), gauges.get('TopicsRejected')]).toEqual([3, 1]);

    mock.controls.drop();
    await elapseUntil(() => states().filter((state) => state === 'live').length === 2);
    expect(logged('topic refused')).toHaveLength(2);
  });

  it('within a combined one leaves the others in force', async () => {
    const centre = new ContactCentre({ seed: 7, agents: 1 });
    const [agent] = centre.agents;
    const { goLive, mock, connected, logged } = await createSession({
      mock: { contactCentre: centre },
      topics: [`v2.users.${agent?.id}?presence&routingStatus`],
    });
    mock.controls.deny('presence:userPresence:view');
    await goLive();
    expect(connected()[0]?.subscriptions).toEqual([`v2.users.${agent?.id}?presence&routingStatus`]);
    expect(logged('topic refused').map(({ topic }) => topic)).toEqual([`v2.users.${agent?.id}.presence`]);
    expect(logged('subscribed')[0]).toMatchObject({ subscriptions: 1, rejected: 1 });
  });
});

describe('subscriptions put again', () => {
  it('when the server says that they expire, on the same connection', async () => {
    const { goLive, mock, logged, changes } = await createSession();
    await goLive();
    const before = changes.length;
    mock.controls.send('{"topicName":"streaming-subscriptions-expiring","eventBody":{}}');
    await until(() => logged('subscribed').length === 2);
    expect(changes).toHaveLength(before);
  });
});

describe('more topics than a channel takes', () => {
  const createSubscriptions = (topics: readonly string[], mostTopics = 1000) => {
    const { logger, lines } = recordedLog();
    const metrics = new MetricsAggregate();
    const put: (readonly string[])[] = [];
    const subscriptions = new Subscriptions({
      resolver: { mayChange: true, resolve: async () => ({ topics, problems: [] }) },
      refreshMs: 1,
      mostTopics,
      clock: new ManualClock(),
      logger,
      metrics,
    });
    const connection = {
      subscribe: async (wanted: readonly string[]) => {
        put.push(wanted);
        return { subscribed: wanted.length, rejected: [] };
      },
      ping: () => undefined,
      close: async () => undefined,
      pause: () => undefined,
      resume: () => undefined,
      terminate: () => undefined,
      expiresAtMs: undefined,
      label: 'a test',
    };
    return { subscriptions, connection, put, lines, metrics };
  };
  const topics = Array.from({ length: 1003 }, (_, n) => `v2.users.${n}.presence`);

  it('are cut off at the limit, which is told and counted', async () => {
    const { subscriptions, connection, put, lines, metrics } = createSubscriptions(topics);
    expect(await subscriptions.put(connection, new AbortController().signal)).toBe(1000);
    expect(put[0]).toHaveLength(1000);
    expect(lines.find(({ level }) => level === 'error')).toMatchObject({ leftOut: 3, mostTopics: 1000 });
    expect(metrics.take().gauges.get('TopicsRejected')).toBe(3);
    expect(subscriptions.includes('v2.users.999.presence')).toBe(true);
    expect(subscriptions.includes('v2.users.1000.presence')).toBe(false);
  });

  it('are not put again and again', async () => {
    const { subscriptions, connection, put } = createSubscriptions(topics);
    const { signal } = new AbortController();
    await subscriptions.put(connection, signal);
    await subscriptions.refresh(connection, signal);
    expect(put).toHaveLength(1);
  });

  it('are counted after combining', async () => {
    const combinable = topics
      .flatMap((topic) => [topic, topic.replace('presence', 'activity')])
      .slice(0, 2000);
    const { subscriptions, connection, lines } = createSubscriptions(combinable);
    expect(await subscriptions.put(connection, new AbortController().signal)).toBe(1000);
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
    expect(subscriptions.includes('v2.users.0.activity')).toBe(true);
  });

  it('of which there are none are not put', async () => {
    const { subscriptions, connection, put } = createSubscriptions([]);
    expect(await subscriptions.put(connection, new AbortController().signal)).toBe(0);
    expect(put).toEqual([]);
  });
});
