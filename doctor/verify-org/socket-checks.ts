import type { Notebook } from './observation.ts';
import { type Frame, RawSocket } from './raw-socket.ts';
import type { VerifiedOrg } from './verified-org.ts';

const NO_TOPIC = 'v2.no.such.topic.to.be.found';
const CORRELATION_ID = 'verify-org-1';
const isResult = (frame: Frame) => frame['result'] !== undefined;
const SOCKET_FACTS = [
  'heartbeatVersion',
  'resultType',
  'failureStatus',
  'ackCorrelationId',
  'unsubscribeWord',
  'socketSubscribe',
  'protocolPings',
  'secondConnectionNotice',
  'secondConnectionCloseCode',
  'systemTopicNames',
] as const;

/** How the address of a channel that never was is refused. */
export async function checkUnknownChannel(
  { channel, clock }: VerifiedOrg,
  notebook: Notebook,
): Promise<void> {
  const unknown = channel.connectUri.replace(channel.id, 'streaming-0-00000000000000000000000000000000');
  const opened = await RawSocket.open(unknown, clock);
  if (typeof opened !== 'number') opened.terminate();
  const status = typeof opened === 'number' && opened > 0 ? opened : undefined;
  notebook.note('refuseUnknownChannel', status, 'a socket for a channel id that was made up');
}

/** How the socket of a channel speaks, on a channel of our own. */
export async function checkSocket(org: VerifiedOrg, notebook: Notebook): Promise<void> {
  const socket = await RawSocket.open(org.channel.connectUri, org.clock);
  if (typeof socket === 'number') {
    for (const fact of SOCKET_FACTS) notebook.leave(fact, `the socket was refused with ${socket}`);
    return;
  }
  await checkPings(socket, notebook);
  await checkMessages(socket, org, notebook);
  await checkSecondConnection(socket, org, notebook);
  socket.terminate();
}

async function checkPings(socket: RawSocket, notebook: Notebook): Promise<void> {
  socket.send({ message: 'ping' });
  const pong = await socket.next((frame) => frame['topicName'] === 'channel.metadata');
  notebook.note('heartbeatVersion', pong && 'version' in pong, 'the answer to a ping message');
  socket.ping();
  await socket.until(() => socket.isPonged);
  notebook.note('protocolPings', socket.isPonged, 'a ping of RFC 6455');
}

async function checkMessages(socket: RawSocket, org: VerifiedOrg, notebook: Notebook): Promise<void> {
  const { http, token, channel, topic, otherTopic } = org;
  const subscriptions = `/api/v2/notifications/channels/${encodeURIComponent(channel.id)}/subscriptions`;
  await http.call('PUT', `${subscriptions}?ignoreErrors=true`, token, [{ id: topic }]);

  socket.send({ message: 'subscribe', topics: [otherTopic], correlationId: CORRELATION_ID });
  const taken = await socket.next(isResult);
  const result = taken?.['result'];
  notebook.note(
    'resultType',
    typeof result === 'string' || typeof result === 'number' ? typeof result : undefined,
    'result of a subscribe message',
  );
  notebook.note(
    'ackCorrelationId',
    taken && taken['correlationId'] === CORRELATION_ID,
    'correlationId of a subscribe message',
  );
  const listed = JSON.stringify((await http.call('GET', subscriptions, token)).body);
  const isBoth = listed.includes(topic);
  notebook.note(
    'socketSubscribe',
    taken && listed.includes(otherTopic) ? (isBoth ? 'adds' : 'replaces') : undefined,
    'subscriptions after a subscribe message',
  );

  socket.send({ message: 'subscribe', topics: [NO_TOPIC] });
  const failed = await socket.next(isResult);
  const status = failed?.['status'];
  notebook.note(
    'failureStatus',
    typeof status === 'string' ? status : undefined,
    'a subscribe message for an unknown topic',
  );

  for (const word of ['unsubscribe', 'unsubscribed']) {
    socket.send({ message: word, topics: [otherTopic] });
    const answer = await socket.next(isResult);
    if (String(answer?.['result']) !== '200') continue;
    notebook.note('unsubscribeWord', word, `the message "${word}"`);
    return;
  }
  notebook.note('unsubscribeWord', undefined, 'neither word was taken');
}

async function checkSecondConnection(first: RawSocket, org: VerifiedOrg, notebook: Notebook): Promise<void> {
  const second = await RawSocket.open(org.channel.connectUri, org.clock);
  const how = 'a second connection to our own channel';
  const isNotice = (frame: Frame) => /no_longer_subscribed|duplicate_id/.test(String(frame['topicName']));
  const notice = await first.next(isNotice);
  await first.until(() => first.closeCode !== undefined);
  const topicName = String(notice?.['topicName'] ?? '');
  const [kind] = /no_longer_subscribed|duplicate_id/.exec(topicName) ?? ['none'];
  const isOpen = typeof second !== 'number';
  notebook.note('secondConnectionNotice', isOpen ? kind : undefined, how);
  notebook.note('secondConnectionCloseCode', isOpen ? first.closeCode : undefined, how);
  if (notice) notebook.note('systemTopicNames', topicName.slice(0, topicName.indexOf(kind)), how);
  else notebook.leave('systemTopicNames', 'no system message came');
  if (isOpen) second.terminate();
}
