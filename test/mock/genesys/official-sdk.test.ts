import sdk from 'purecloud-platform-client-v2';
import { describe, expect, it } from 'vitest';
import { startMock, TestSocket } from './harness.ts';

/** Points the SDK at the mock: a gateway is its own way of talking to another host than a region's. */
async function useSdk(url: string) {
  const client = sdk.ApiClient.instance;
  const { hostname, port } = new URL(url);
  client.config.live_reload_config = false;
  client.config.setGateway({ protocol: 'http', host: hostname, port: Number(port) });
  await client.loginClientCredentialsGrant('mock-client-id', 'mock-client-secret');
  return {
    notifications: new sdk.NotificationsApi(),
    routing: new sdk.RoutingApi(),
    users: new sdk.UsersApi(),
    tokens: new sdk.TokensApi(),
  };
}

describe("Genesys Cloud's own SDK", () => {
  it('logs in, creates a channel, subscribes and receives a conversation', async () => {
    const { mock, contactCentre } = await startMock();
    const { notifications, routing } = await useSdk(mock.url);

    const queues = await routing.getRoutingQueues({ pageSize: 100 });
    expect(queues.entities?.map(({ name }) => name)).toEqual(['Support', 'Billing', 'Sales']);

    const channel = await notifications.postNotificationsChannels();
    const topics = (queues.entities ?? []).map(({ id }) => ({ id: `v2.routing.queues.${id}.conversations` }));
    const subscribed = await notifications.postNotificationsChannelSubscriptions(channel.id ?? '', topics);
    expect(subscribed.entities?.map(({ state }) => state)).toEqual(['Permitted', 'Permitted', 'Permitted']);

    const socket = await TestSocket.open(channel.connectUri ?? '');
    for (let count = 0; count < 20; count += 1) contactCentre.step();
    const event = await socket.next();
    expect(topics).toContainEqual({ id: event['topicName'] });
  });

  it('lists, replaces and deletes subscriptions, and reads what topics require', async () => {
    const { mock, contactCentre } = await startMock();
    const { notifications, users } = await useSdk(mock.url);
    const [agent] = contactCentre.agents;
    const channel = await notifications.postNotificationsChannels();
    const id = channel.id ?? '';
    const topic = { id: `v2.users.${agent?.id}.conversations` };

    await notifications.putNotificationsChannelSubscriptions(id, [topic], { ignoreErrors: true });
    expect((await notifications.getNotificationsChannelSubscriptions(id)).entities).toMatchObject([topic]);
    await notifications.headNotificationsChannel(id);
    await notifications.deleteNotificationsChannelSubscriptions(id);
    expect((await notifications.getNotificationsChannelSubscriptions(id)).entities).toEqual([]);
    expect((await notifications.getNotificationsChannels()).entities).toHaveLength(1);

    const available = await notifications.getNotificationsAvailabletopics({
      expand: ['requiresPermissions', 'transports'],
    });
    expect(available.entities).toContainEqual({
      id: 'v2.users.{id}.conversations',
      requiresPermissions: ['conversation:communication:view'],
      requiresDivisionPermissions: false,
      transports: ['Websocket'],
    });

    const search = await users.postUsersSearch({
      query: [{ type: 'EXACT', fields: ['email'], value: agent?.email ?? '' }],
    });
    expect(search.results.map((user) => user.id)).toEqual([agent?.id]);
  });

  it('asks what its token is worth', async () => {
    const { mock } = await startMock();
    const { tokens } = await useSdk(mock.url);
    const token = await tokens.getTokensMe();
    expect(token.organization?.id).toBe(mock.orgId);
    expect(token.authorizedScope).toContain('notifications');
    expect(token.OAuthClient?.id).toBe('mock-client-id');
  });
});
