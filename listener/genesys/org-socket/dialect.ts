import type { Clock } from '../../clock.ts';
import { type AccessToken, lifeLeftMs } from '../oauth.ts';
import {
  ConnectError,
  type Connection,
  type Dialect,
  type LivenessTiming,
  type SubscriptionReport,
} from '../session/dialect.ts';
import type { EndReason } from '../session/end-reason.ts';
import { entitiesOf } from './conversations.ts';
import { Exchange } from './exchange.ts';
import { type Answer, decodeOrgSocketFrame, reasonOfFailure } from './messages.ts';
import { authMessage, subscribeMessage } from './requests.ts';
import { type OrgSocketSettings, WEBSOCKET_SCOPE } from './settings.ts';

/** What a token must have left at the handshake, in milliseconds. */
const LEAST_TOKEN_LIFE_MS = 10 * 60_000;
/** No heartbeat is known of the org socket, so silence is broken by pings, well within the idle times of proxies. */
const LIVENESS = { askAfterMs: 25_000, deadAfterMs: 40_000 };

export interface OrgSocketDialectOptions {
  readonly settings: OrgSocketSettings;
  readonly clock: Clock;
  readonly liveness?: LivenessTiming | undefined;
}

/** The organisation's own socket: it asks for the token and the subscription as messages, and pings of the protocol keep it alive. */
export function orgSocketDialect({ settings, clock, liveness = LIVENESS }: OrgSocketDialectOptions): Dialect {
  return {
    name: 'org-socket',
    liveness,
    leastTokenLifeMs: LEAST_TOKEN_LIFE_MS,
    decode: decodeOrgSocketFrame,
    connect: async ({ token, signal }, listener) => {
      requireLife(token, clock);
      const { url: uri, origin, userAgent } = settings;
      const headers = { Origin: origin, 'User-Agent': userAgent };
      const exchange = await Exchange.open({ uri, clock, signal, headers }, listener);
      try {
        await authenticate(exchange, token, signal);
      } catch (error) {
        exchange.terminate();
        throw error;
      }
      return connection(exchange, settings);
    },
  };
}

/** Said before it is tried: the server's way of saying it may be a cut with no reason. */
function requireLife(token: AccessToken, clock: Clock): void {
  const leftMs = lifeLeftMs(token, clock);
  if (leftMs >= LEAST_TOKEN_LIFE_MS) return;
  throw new ConnectError({
    reason: 'token-too-short',
    detail: `a new token lives ${Math.floor(leftMs / 1000)} s, ${LEAST_TOKEN_LIFE_MS / 1000} s are needed: raise the token duration of the OAuth client`,
  });
}

async function authenticate(exchange: Exchange, token: AccessToken, signal: AbortSignal): Promise<void> {
  const answer = await exchange.ask('auth', authMessage(token.value), signal);
  if (answer.kind !== 'authenticated') throw refusal(answer, 'auth', 'auth-refused');
  const { scopes } = answer;
  if (scopes !== undefined && !scopes.some((scope) => scope.toLowerCase() === WEBSOCKET_SCOPE))
    throw new ConnectError({
      reason: 'scope-missing',
      detail: `the token has the scopes ${scopes.join(', ') || '(none)'}, not ${WEBSOCKET_SCOPE}: give it to the OAuth client`,
    });
}

function connection(exchange: Exchange, { url, eventTypes }: OrgSocketSettings): Connection {
  return {
    expiresAtMs: undefined,
    label: `org socket ${url}`,
    subscribe: async (topics, signal) => {
      const message = subscribeMessage({ eventTypes, entities: entitiesOf(topics) });
      const answer = await exchange.ask('subscribe', message, signal);
      if (answer.kind !== 'subscribed') throw refusal(answer, 'subscribe', 'subscription-refused');
      return reportOf(topics, eventTypes, answer.eventTypes);
    },
    ping: () => exchange.ping(),
    close: () => exchange.close(),
    pause: () => exchange.pause(),
    resume: () => exchange.resume(),
    terminate: () => exchange.terminate(),
  };
}

function refusal(answer: Answer, asked: string, reason: EndReason): ConnectError {
  if (answer.kind === 'failed')
    return new ConnectError({ reason: reasonOfFailure(answer.detail, reason), detail: answer.detail });
  return new ConnectError({ reason, detail: `${asked} was answered as if something else had been asked` });
}

/** A confirmation repeats what it confirms: an event type that is not among it won't come. */
function reportOf(
  topics: readonly string[],
  wanted: readonly string[],
  confirmed: readonly string[] | undefined,
): SubscriptionReport {
  const names = confirmed && new Set(confirmed.map((name) => name.toLowerCase()));
  const missing = wanted.filter((eventType) => names && !names.has(eventType.toLowerCase()));
  const rejected = missing.map((topic) => ({
    topic,
    reason: 'the confirmation does not name it',
    missingPermissions: [],
  }));
  return { subscribed: missing.length === wanted.length ? 0 : topics.length, rejected };
}
