import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Config } from '../config.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Redactor } from '../telemetry/redactor.ts';
import type { TimingConfig } from '../timing-settings.ts';
import { channelsDialect } from './channels/dialect.ts';
import type { GenesysClients } from './clients.ts';
import { ConversationTopics } from './org-socket/conversations.ts';
import { orgSocketDialect } from './org-socket/dialect.ts';
import type { Dialect, LivenessTiming } from './session/dialect.ts';
import type { SubscriptionsOptions } from './session/subscriptions.ts';
import { MOST_TOPICS } from './topics/configured.ts';

export interface SpeechOptions {
  readonly config: Pick<Config, 'hosts' | 'dialect'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly redactor: Redactor;
  readonly timing?: Partial<Pick<TimingConfig, 'heartbeatTimeoutMs'>>;
}

/** How a listener speaks on its socket, and what about. */
export interface Speech extends Pick<SubscriptionsOptions, 'resolver' | 'mostTopics'> {
  readonly dialect: Dialect;
}

/** The dialect that the configuration asks for, and the topics that can be had in it. */
export function speech(
  { config, clock, logger, metrics, redactor, timing }: SpeechOptions,
  { api, resolver }: Pick<GenesysClients, 'api' | 'resolver'>,
): Speech {
  const { hosts, dialect } = config;
  const liveness = livenessWithin(timing?.heartbeatTimeoutMs);
  if (dialect.name === 'channels')
    return {
      dialect: channelsDialect({ api, hosts, clock, logger, metrics, redactor, liveness }),
      resolver,
      mostTopics: MOST_TOPICS,
    };
  return {
    dialect: orgSocketDialect({ settings: dialect, clock, liveness }),
    resolver: new ConversationTopics(dialect.conversations),
    // No limit is known of the org socket.
    mostTopics: Number.POSITIVE_INFINITY,
  };
}

/** After five sixths of the time that is allowed to pass, a ping asks for an answer. */
function livenessWithin(deadAfterMs: number | undefined): LivenessTiming | undefined {
  return deadAfterMs === undefined
    ? undefined
    : { askAfterMs: Math.round((deadAfterMs * 5) / 6), deadAfterMs };
}
