import type { Evidence } from '../listener/diagnosis/evidence.ts';
import type { AccessToken } from '../listener/genesys/oauth.ts';
import { authMessage } from '../listener/genesys/org-socket/requests.ts';
import type { CallOutcome, Examination, OwnChannel } from './examination.ts';
import { SocketProbe } from './socket-probe.ts';

/** How long the server may take over an answer on the socket, in milliseconds. */
const ANSWER_TIMEOUT_MS = 10_000;

/** Opens the socket of a channel. */
export function openChannelSocket(
  examination: Examination,
  own: OwnChannel,
): Promise<SocketProbe | Evidence> {
  const { clock, transcript } = examination.options;
  return SocketProbe.open({
    url: own.channel.connectUri,
    dialect: 'channels',
    headers: {},
    clock,
    transcript,
  });
}

/** Opens the org socket. @param origin undefined: without that header */
export function openOrgSocket(
  examination: Examination,
  origin: string | undefined,
): Promise<SocketProbe | Evidence> {
  const { clock, transcript } = examination.options;
  const { dialect } = examination.need('config');
  if (dialect.name !== 'org-socket') throw new Error('the configuration is for channels');
  const headers = { 'User-Agent': dialect.userAgent, ...(origin === undefined ? {} : { Origin: origin }) };
  return SocketProbe.open({ url: dialect.url, dialect: 'org-socket', headers, clock, transcript });
}

/** Shows the token. @returns whether the server took it */
export function authenticate(socket: SocketProbe, token: AccessToken): Promise<boolean> {
  socket.reach('auth-sent');
  socket.send('auth', authMessage(token.value));
  return answered(socket, () => socket.stage === 'authenticated');
}

/** Sends a subscribe message of the org socket. @returns whether it was confirmed */
export function subscribeByMessage(socket: SocketProbe, payload: Uint8Array): Promise<boolean> {
  socket.reach('subscribe-sent');
  socket.send('subscribe', payload);
  return answered(socket, () => socket.stage === 'subscribed' || socket.stage === 'alive');
}

/** An error is an answer, too. */
async function answered(socket: SocketProbe, isGood: () => boolean): Promise<boolean> {
  const told = () => socket.evidence.some(({ kind }) => kind === 'announcement');
  await socket.until(() => isGood() || told(), ANSWER_TIMEOUT_MS);
  return isGood();
}

/** A topic that was refused, and why. */
export interface RefusedTopic {
  readonly topic: string;
  readonly reason: string;
  readonly permissions: readonly string[];
}

/** Puts the subscriptions of a channel. @returns the topics that were refused */
export async function subscribeByCall(
  examination: Examination,
  socket: SocketProbe,
  own: OwnChannel,
  topics: readonly string[],
): Promise<CallOutcome<RefusedTopic[]>> {
  const outcome = await examination.call('subscribe', () =>
    examination.need('clients').api.putSubscriptions(own.channel.id, topics),
  );
  if (!outcome.ok) return outcome;
  if (socket.ended === undefined) socket.reach('subscribed');
  const refused = outcome.value
    .filter(({ state }) => state?.toLowerCase() === 'rejected')
    .map(({ id, rejectionReason, missingPermissions }) => ({
      topic: id,
      reason: rejectionReason ?? 'no reason was given',
      permissions: missingPermissions ?? [],
    }));
  return { ok: true, value: refused };
}
