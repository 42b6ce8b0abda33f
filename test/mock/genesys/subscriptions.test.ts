import { describe, expect, it } from 'vitest';
import { startMock } from './harness.ts';

const VIEW = 'conversation:communication:view';

/** A mock with a channel and the names of some topics. */
async function prepare(options: Parameters<typeof startMock>[0] = {}) {
  const started = await startMock(options);
  const channel = await started.createChannel();
  const queueIds = started.contactCentre.queues.map(({ id }) => id);
  const userIds = started.contactCentre.agents.map(({ id }) => id);
  const queueTopics = queueIds.map((id) => `v2.routing.queues.${id}.conversations`);
  const userTopics = userIds.map((id) => `v2.users.${id}.conversations`);
  const listed = () => started.mock.controls.channels()[0]?.subscriptions;
  return { ...started, channel, queueIds, userIds, queueTopics, userTopics, listed };
}

/** Topic names that all exist and differ: one for each made-up conversation. */
function detailTopics(count: number): string[] {
  return Array.from(
    { length: count },
    (_, index) =>
      `v2.detail.events.conversation.${String(index).padStart(8, '0')}-0000-4000-8000-000000000000.acw`,
  );
}

describe('subscribing', () => {
  it('adds with POST, replaces with PUT, clears with DELETE', async () => {
    const { api, channel, subscribe, queueTopics, listed } = await prepare();
    const [a = '', b = '', c = ''] = queueTopics;
    const answer = await subscribe(channel.id, [a]);
    expect(answer.body).toEqual({ entities: [{ id: a, state: 'Permitted' }] });
    await subscribe(channel.id, [b]);
    expect(listed()).toEqual([a, b]);
    await subscribe(channel.id, [c], '', 'PUT');
    expect(listed()).toEqual([c]);
    const path = `/api/v2/notifications/channels/${channel.id}/subscriptions`;
    expect((await api('GET', path)).body).toMatchObject({ entities: [{ id: c }] });
    expect((await api('DELETE', path)).status).toBe(200);
    expect(listed()).toEqual([]);
  });

  it.each([200, 202, 204] as const)(
    'answers DELETE with %i by a switch',
    async (deleteSubscriptionsStatus) => {
      const { api, channel } = await prepare({ switches: { deleteSubscriptionsStatus } });
      const answer = await api('DELETE', `/api/v2/notifications/channels/${channel.id}/subscriptions`);
      expect(answer.status).toBe(deleteSubscriptionsStatus);
    },
  );

  it('allows 1,000 topics and refuses one more, changing nothing', async () => {
    const { channel, subscribe, queueTopics, listed } = await prepare();
    expect((await subscribe(channel.id, detailTopics(1000))).status).toBe(200);
    const answer = await subscribe(channel.id, queueTopics.slice(0, 1), '?ignoreErrors=true');
    expect([answer.status, answer.body['code']]).toEqual([
      400,
      'notification.subscription.too.many.subscriptions',
    ]);
    expect(listed()).toEqual(detailTopics(1000));
    expect((await subscribe(channel.id, detailTopics(3))).status).toBe(200);
    expect((await subscribe(channel.id, detailTopics(1001), '', 'PUT')).status).toBe(400);
  });

  it('counts a combined topic once', async () => {
    const { channel, subscribe, userIds } = await prepare();
    await subscribe(channel.id, detailTopics(999));
    expect(
      (await subscribe(channel.id, [`v2.users.${userIds[0]}?presence&routingStatus&station`])).status,
    ).toBe(200);
  });

  it.each([
    'v2.nothing.{queue}.conversations',
    'v2.routing.queues.00000000-0000-4000-8000-000000000000.conversations',
    'v2.users.{queue}.conversations',
    'v2.routing.queues.{queue}',
    'v2.routing.queues.{queue}?conversations.calls&users',
    'v2.routing.queues.{queue}?conversations&nothing',
    'nonsense',
  ])('refuses %s as not valid, and then subscribes to nothing at all', async (pattern) => {
    const { channel, subscribe, queueIds, queueTopics, listed } = await prepare();
    const answer = await subscribe(channel.id, [
      ...queueTopics,
      pattern.replace('{queue}', queueIds[0] ?? ''),
    ]);
    expect([answer.status, answer.body['code']]).toEqual([400, 'notification.invalid.topic']);
    expect(listed()).toEqual([]);
  });

  it('knows a queue from the moment it is there until it is gone', async () => {
    const { channel, subscribe, contactCentre } = await prepare();
    const queue = contactCentre.addQueue('Night Desk');
    const topic = `v2.routing.queues.${queue.id}.conversations`;
    expect((await subscribe(channel.id, [topic])).status).toBe(200);
    contactCentre.removeQueue(queue.id);
    expect((await subscribe(channel.id, [topic])).status).toBe(400);
  });

  it('names the permission that is missing, and subscribes to nothing', async () => {
    const { mock, channel, subscribe, queueTopics, userIds, listed } = await prepare();
    mock.controls.deny(VIEW);
    const answer = await subscribe(channel.id, [`v2.users.${userIds[0]}.presence`, ...queueTopics]);
    expect(answer.status).toBe(403);
    expect(answer.body).toMatchObject({
      code: 'notification.unauthorized.topic',
      message: `The user does not have permission "${VIEW}" required for topic "${queueTopics[0]}"`,
    });
    expect(listed()).toEqual([]);
    mock.controls.allow(VIEW);
    expect((await subscribe(channel.id, queueTopics)).status).toBe(200);
  });

  it('gives a row to each refused topic and subscribes to the rest with ignoreErrors', async () => {
    const { mock, channel, subscribe, queueTopics, userIds, listed } = await prepare();
    mock.controls.deny(VIEW, 'mock-client-id');
    const presence = `v2.users.${userIds[0]}.presence`;
    const answer = await subscribe(
      channel.id,
      [queueTopics[0] ?? '', presence, 'nonsense'],
      '?ignoreErrors=true',
    );
    expect(answer.status).toBe(200);
    expect(answer.body['entities']).toEqual([
      {
        id: queueTopics[0],
        state: 'Rejected',
        rejectionReason: expect.stringContaining(VIEW),
        missingPermissions: [VIEW],
      },
      { id: presence, state: 'Permitted' },
      {
        id: 'nonsense',
        state: 'Rejected',
        rejectionReason: 'The subscription topic is not valid.',
        missingPermissions: [],
      },
    ]);
    expect(listed()).toEqual([presence]);
  });

  it('refuses an unknown topic in spite of ignoreErrors when the switch says so', async () => {
    const { channel, subscribe } = await prepare({ switches: { invalidTopicIgnored: false } });
    expect((await subscribe(channel.id, ['nonsense'], '?ignoreErrors=true')).status).toBe(400);
  });

  it('permits a combined topic as a whole and rejects each denied suffix', async () => {
    const { mock, channel, subscribe, userIds, listed } = await prepare();
    mock.controls.deny('routing:routingStatus:view');
    const combined = `v2.users.${userIds[0]}?presence&routingStatus&station`;
    const answer = await subscribe(channel.id, [combined], '?ignoreErrors=true');
    expect(answer.body['entities']).toMatchObject([
      { id: combined, state: 'Permitted' },
      {
        id: `v2.users.${userIds[0]}.routingStatus`,
        state: 'Rejected',
        missingPermissions: ['routing:routingStatus:view'],
      },
    ]);
    expect(listed()).toEqual([combined]);
  });

  it('refuses a queue whose division the role does not cover', async () => {
    const { mock, channel, subscribe, queueIds, queueTopics } = await prepare();
    mock.controls.denyDivision(queueIds[0] ?? '');
    const answer = await subscribe(channel.id, queueTopics);
    expect([answer.status, answer.body['code']]).toEqual([403, 'notification.unauthorized.divisioned.topic']);
    mock.controls.allowDivision(queueIds[0] ?? '');
    expect((await subscribe(channel.id, queueTopics)).status).toBe(200);
  });

  it('lets a client have only its own permissions', async () => {
    const { channel, subscribe, queueTopics, userIds } = await prepare({
      clients: [
        {
          id: 'mock-client-id',
          secret: 'mock-client-secret',
          permissions: ['presence:userPresence:view'],
          tokenLifetimeSeconds: 86_400,
        },
      ],
    });
    expect((await subscribe(channel.id, [`v2.users.${userIds[0]}.presence`])).status).toBe(200);
    expect((await subscribe(channel.id, queueTopics)).status).toBe(403);
  });
});

describe('the list of available topics', () => {
  it('tells only what is asked for', async () => {
    const { api } = await startMock();
    const plain = await api('GET', '/api/v2/notifications/availabletopics');
    expect(plain.body['entities']).toContainEqual({ id: 'v2.routing.queues.{id}.conversations' });
    const query =
      'expand=requiresPermissions&expand=permissionDetails&expand=transports&expand=enforced&expand=description';
    const full = await api('GET', `/api/v2/notifications/availabletopics?${query}`);
    expect(full.body['entities']).toContainEqual({
      id: 'v2.routing.queues.{id}.conversations',
      description: expect.any(String),
      requiresPermissions: [VIEW],
      requiresDivisionPermissions: true,
      permissionDetails: [
        {
          type: 'requiresDivisionPermissions',
          permissions: [VIEW],
          allowsCurrentUser: false,
          enforced: true,
        },
      ],
      transports: ['Websocket'],
      enforced: true,
    });
  });

  it('follows the switches for what is not published', async () => {
    const { api } = await startMock({
      switches: { conversationTopicPermission: 'none', conversationTopicTransports: 'All' },
    });
    const query = 'expand=requiresPermissions,transports';
    const { body } = await api('GET', `/api/v2/notifications/availabletopics?${query}`);
    expect(body['entities']).toContainEqual({
      id: 'v2.users.{id}.conversations',
      requiresPermissions: [],
      requiresDivisionPermissions: false,
      transports: ['All'],
    });
  });
});
