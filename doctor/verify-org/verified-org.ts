import { z } from 'zod';
import type { Clock } from '../../listener/clock.ts';
import { BridgeError } from '../../listener/errors.ts';
import type { Redactor } from '../../listener/telemetry/redactor.ts';
import { MOST_CHANNELS } from '../steps/channels.ts';
import type { RawAnswer, RawHttp } from './raw-http.ts';

const CHANNELS = '/api/v2/notifications/channels';

const channelSchema = z.object({ id: z.string(), connectUri: z.string() });
const listSchema = z.object({ entities: z.array(z.unknown()).default([]) });
const queuesSchema = z.object({ entities: z.array(z.object({ id: z.string() })).default([]) });

/** An organisation that lets us in, with a channel of our own in it. */
export interface VerifiedOrg {
  readonly http: RawHttp;
  readonly clock: Clock;
  readonly login: RawAnswer;
  readonly token: string;
  readonly channel: z.infer<typeof channelSchema>;
  /** Two topics that may be subscribed to. */
  readonly topic: string;
  readonly otherTopic: string;
}

/** The organisation does not let us find anything out. */
export class VerificationError extends BridgeError {
  readonly code = 'NotVerifiable';
  readonly canRetry = true;
}

/** A token. @throws {VerificationError} */
export async function enter(http: RawHttp): Promise<{ readonly login: RawAnswer; readonly token: string }> {
  const login = await http.login();
  const token = login.body['access_token'];
  if (login.status === 200 && typeof token === 'string') return { login, token };
  throw new VerificationError(`the login was answered ${login.status}; conversation-bridge doctor tells why`);
}

/**
 * Makes a channel, if that evicts none.
 * @throws {VerificationError}
 */
export async function settleIn(
  http: RawHttp,
  entered: { readonly login: RawAnswer; readonly token: string },
  { clock, redactor }: { readonly clock: Clock; readonly redactor: Redactor },
): Promise<VerifiedOrg> {
  const { token } = entered;
  const list = await http.call('GET', `${CHANNELS}?includechannels=oauthclient`, token);
  const count = list.status === 200 ? listSchema.parse(list.body).entities.length : MOST_CHANNELS;
  if (count >= MOST_CHANNELS)
    throw new VerificationError(
      `the list of channels was answered ${list.status} and has ${count} of ${MOST_CHANNELS}: one more would evict one`,
    );
  const queues = queuesSchema.parse(
    (await http.call('GET', '/api/v2/routing/queues?pageSize=2', token)).body,
  );
  const [queue, other] = queues.entities;
  if (queue === undefined || other === undefined)
    throw new VerificationError('the client sees fewer than two queues, whose topics could be tried');
  const made = channelSchema.safeParse((await http.call('POST', CHANNELS, token)).body);
  if (!made.success) throw new VerificationError('no channel could be made');
  redactor.add(made.data.id);
  const topicOf = (id: string) => `v2.routing.queues.${id}.conversations`;
  return {
    http,
    clock,
    ...entered,
    channel: made.data,
    topic: topicOf(queue.id),
    otherTopic: topicOf(other.id),
  };
}
