import { systemClock } from '../../listener/clock.ts';
import { readConfig } from '../../listener/config.ts';
import { genesysClients } from '../../listener/genesys/clients.ts';
import { ConversationTopics } from '../../listener/genesys/org-socket/conversations.ts';
import { type OrgSocketSettings, WEBSOCKET_SCOPE } from '../../listener/genesys/org-socket/settings.ts';
import { combineTopics } from '../../listener/genesys/topics/combine.ts';
import { MOST_TOPICS } from '../../listener/genesys/topics/configured.ts';
import { TopicCatalogue } from '../../listener/genesys/topics/permissions.ts';
import { credentialsOf } from '../../listener/named-places.ts';
import { MetricsAggregate } from '../../listener/telemetry/aggregate.ts';
import { createLogger } from '../../listener/telemetry/logger.ts';
import { Redactor } from '../../listener/telemetry/redactor.ts';
import { type Environment, EXIT_FAILURE, EXIT_OK } from '../exit.ts';

/** One subscription as it would be put. */
interface Row {
  readonly subscription: string;
  readonly permissions: readonly string[];
  readonly problem?: string;
}

/**
 * Prints what would be subscribed to.
 * @returns the exit code
 * @throws {ConfigError} for a configuration that can't be used
 */
export async function showTopics(env: Environment, json: boolean): Promise<number> {
  const config = readConfig(env);
  if (config.dialect.name === 'org-socket') return showConversations(config.dialect, json);
  const redactor = new Redactor();
  const { api, resolver } = genesysClients({
    config,
    credentials: credentialsOf(config),
    clock: systemClock,
    logger: createLogger({ level: 'silent', redactor }),
    metrics: new MetricsAggregate(),
    redactor,
  });
  const { topics, problems } = await resolver.resolve();
  const catalogue = new TopicCatalogue(await api.availableTopics());
  const rows = combineTopics(topics).map((subscription) => row(subscription, catalogue));
  const tooMany = rows.length > MOST_TOPICS;
  if (json)
    process.stdout.write(
      `${JSON.stringify({ subscriptions: rows, problems, most: MOST_TOPICS }, null, 2)}\n`,
    );
  else {
    for (const { subscription, permissions, problem } of rows)
      process.stdout.write(
        `${subscription}\n    ${problem ?? `needs ${permissions.join(', ') || 'no permission'}`}\n`,
      );
    for (const { spec, problem } of problems) process.stdout.write(`${spec}\n    no topic: ${problem}\n`);
    process.stdout.write(`${rows.length} subscriptions of ${MOST_TOPICS} that a channel takes\n`);
  }
  return problems.length > 0 || tooMany || rows.some(({ problem }) => problem) ? EXIT_FAILURE : EXIT_OK;
}

/** The org socket is asked for event types and conversations: there is nothing to look up. */
async function showConversations(settings: OrgSocketSettings, json: boolean): Promise<number> {
  const { url, origin, eventTypes, conversations } = settings;
  const { topics, problems } = await new ConversationTopics(conversations).resolve();
  const subscriptions: Row[] = topics.map((subscription) => ({ subscription, permissions: [] }));
  const scopes = [WEBSOCKET_SCOPE];
  const lines = [
    ...topics,
    `    ${eventTypes.join(', ')}`,
    `    needs the scope ${scopes.join(', ')}, and ${origin} registered for the OAuth client`,
    `1 subscription on ${url}`,
  ];
  process.stdout.write(
    `${json ? JSON.stringify({ subscriptions, eventTypes, scopes, origin, url, problems }, null, 2) : lines.join('\n')}\n`,
  );
  return EXIT_OK;
}

function row(subscription: string, catalogue: TopicCatalogue): Row {
  const topic = catalogue.find(subscription);
  if (topic === undefined)
    return { subscription, permissions: [], problem: 'this organisation has no such topic' };
  const permissions = topic.requiresPermissions ?? [];
  const transports = topic.transports ?? [];
  const bySocket = transports.length === 0 || transports.includes('All') || transports.includes('Websocket');
  return {
    subscription,
    permissions,
    ...(bySocket ? {} : { problem: `not available over a socket, only by ${transports.join(', ')}` }),
  };
}
