import { z } from 'zod';
import type { Notebook } from './observation.ts';
import type { VerifiedOrg } from './verified-org.ts';

const CHANNELS = '/api/v2/notifications/channels';
const NO_TOPIC = 'v2.no.such.topic.to.be.found';
/** Long enough for an `expires` in whole seconds to show that it has moved. Milliseconds. */
const MOMENT_MS = 2_000;

const listSchema = z.object({
  entities: z.array(z.object({ id: z.string().optional(), expires: z.string().optional() })),
});
const topicsSchema = z.object({
  entities: z.array(
    z.object({
      id: z.string(),
      requiresPermissions: z.array(z.string()).nullish(),
      transports: z.array(z.string()).nullish(),
    }),
  ),
});

/** What logins look like. */
export async function checkLogin({ http, login }: VerifiedOrg, notebook: Notebook): Promise<void> {
  const { token_type: type, expires_in: seconds } = login.body;
  notebook.note('tokenType', typeof type === 'string' ? type : undefined, 'token_type of a login');
  const remainder = typeof seconds === 'number' ? seconds % 60 : undefined;
  const short = remainder === 0 ? 0 : remainder === 59 ? 1 : undefined;
  notebook.note('expiresInShort', short, `expires_in of a login was ${String(seconds)}`);
  const refresh = 'refresh_token' in login.body ? String(login.body['refresh_token']) : 'absent';
  notebook.note(
    'refreshTokenField',
    refresh === 'null' || refresh === 'absent' ? refresh : 'given',
    'refresh_token of a login',
  );
  const { status } = await http.login('no_such_grant');
  notebook.note('grantErrorStatus', status, 'a login with a grant type that does not exist');
}

/** What the list of available topics says of those that carry conversations. */
export async function checkTopics({ http, token }: VerifiedOrg, notebook: Notebook): Promise<void> {
  const path = '/api/v2/notifications/availabletopics?expand=requiresPermissions&expand=transports';
  const parsed = topicsSchema.safeParse((await http.call('GET', path, token)).body);
  const find = (pattern: RegExp) => parsed.data?.entities.find(({ id }) => pattern.test(id));
  const queue = find(/^v2\.routing\.queues\.\{[^}]*\}\.conversations$/);
  const detail = find(/^v2\.detail\.events\.conversation\.\{[^}]*\}\./);
  const permissions = (topic: typeof queue) =>
    topic && ((topic.requiresPermissions ?? []).join(' ') || 'none');
  const how = 'the list of available topics';
  notebook.note('conversationTopicPermission', permissions(queue), how);
  notebook.note('detailTopicPermission', permissions(detail), how);
  notebook.note('conversationTopicTransports', queue?.transports?.join(' '), how);
}

/** What channels and their subscriptions do, on a channel of our own. */
export async function checkChannels(org: VerifiedOrg, notebook: Notebook): Promise<void> {
  const { http, token, channel, topic } = org;
  const subscriptions = `${CHANNELS}/${encodeURIComponent(channel.id)}/subscriptions`;
  const bad = await http.call('PUT', `${subscriptions}?ignoreErrors=true`, token, [{ id: NO_TOPIC }]);
  notebook.note(
    'invalidTopicIgnored',
    bad.status === 200 ? true : bad.status === 400 ? false : undefined,
    `PUT of an unknown topic with ignoreErrors was answered ${bad.status}`,
  );
  const made = await expiresOf(org);
  await org.clock.sleep(MOMENT_MS);
  await http.call('POST', subscriptions, token, [{ id: topic }]);
  const posted = await expiresOf(org);
  await org.clock.sleep(MOMENT_MS);
  await http.call('PUT', `${subscriptions}?ignoreErrors=true`, token, [{ id: topic }]);
  const put = await expiresOf(org);
  const isKnown = made !== undefined && posted !== undefined && put !== undefined;
  const movesByPut = isKnown && put > posted;
  notebook.note(
    'renewedExpires',
    isKnown ? (movesByPut ? 'moves' : 'stays') : undefined,
    '`expires` before and after a PUT',
  );
  if (movesByPut)
    notebook.note('renewedBy', posted > made ? 'put-and-post' : 'put', '`expires` before and after a POST');
  else notebook.leave('renewedBy', '`expires` does not show when a channel is renewed');
  const { status } = await http.call('DELETE', subscriptions, token);
  notebook.note('deleteSubscriptionsStatus', status, 'DELETE of the subscriptions');
}

/** Whether a channel of another token of the same client can be seen. */
export async function checkOtherTokens({ http, channel }: VerifiedOrg, notebook: Notebook): Promise<void> {
  const other = (await http.login()).body['access_token'];
  const list =
    typeof other === 'string'
      ? await http.call('GET', `${CHANNELS}?includechannels=oauthclient`, other)
      : undefined;
  const parsed = listSchema.safeParse(list?.body);
  const isShown = parsed.data?.entities.some(({ id }) => id === channel.id);
  const value = isShown === undefined ? undefined : isShown ? 'shown' : 'hidden';
  notebook.note('channelsOfOtherTokens', value, 'the list of channels, with another token');
}

/** @returns milliseconds since the epoch */
async function expiresOf({ http, token, channel }: VerifiedOrg): Promise<number | undefined> {
  const list = await http.call('GET', CHANNELS, token);
  const own = listSchema.safeParse(list.body).data?.entities.find(({ id }) => id === channel.id);
  const expires = Date.parse(own?.expires ?? '');
  return Number.isNaN(expires) ? undefined : expires;
}
