import { onTestFinished } from 'vitest';
import { GenesysApi } from '../../../listener/genesys/api.ts';
import { type CredentialsSource, fixedCredentials } from '../../../listener/genesys/credentials.ts';
import { HttpClient } from '../../../listener/genesys/http.ts';
import { TokenSource } from '../../../listener/genesys/oauth.ts';
import type { OrgSocketSettings } from '../../../listener/genesys/org-socket/settings.ts';
import { genesysHosts } from '../../../listener/genesys/regions.ts';
import { parseTopicSpec, type TopicSpec } from '../../../listener/genesys/topics/spec.ts';
import { MetricsAggregate } from '../../../listener/telemetry/aggregate.ts';
import { createLogger } from '../../../listener/telemetry/logger.ts';
import { Redactor } from '../../../listener/telemetry/redactor.ts';
import { ContactCentre, type ContactCentreOptions } from '../../../mock/contact-centre/contact-centre.ts';
import {
  DEFAULT_CLIENT,
  type MockGenesys,
  type MockGenesysOptions,
  startMockGenesys,
} from '../../../mock/genesys/server.ts';
import { ManualClock } from '../../manual-clock.ts';
import { WatchedClock } from '../../watched-clock.ts';

export interface OrganisationOptions {
  readonly mock?: Partial<MockGenesysOptions>;
  readonly centre?: ContactCentreOptions;
  readonly credentials?: CredentialsSource;
}

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A logger that writes to an array, everything, with secrets taken out. */
export function recordedLog() {
  const lines: LogLine[] = [];
  const redactor = new Redactor();
  const logger = createLogger({
    level: 'trace',
    redactor,
    stream: { write: (line: string) => lines.push(JSON.parse(line)) },
  });
  return { lines, redactor, logger };
}

/** A mock organisation, and the listener's clients for it, on one clock that a test moves. */
export async function startOrganisation(options: OrganisationOptions = {}) {
  const clock = new ManualClock();
  const centre = new ContactCentre({ seed: 7, clock, queues: 3, agents: 4, ...options.centre });
  const mock = await startMockGenesys({ clock, contactCentre: centre, ...options.mock });
  onTestFinished(() => mock.close());
  const listenerClock = new WatchedClock(clock);
  const { lines, redactor, logger } = recordedLog();
  const metrics = new MetricsAggregate();
  const credentials =
    options.credentials ??
    fixedCredentials({ clientId: DEFAULT_CLIENT.id, clientSecret: DEFAULT_CLIENT.secret });
  const hosts = genesysHosts('mypurecloud.jp', { loginUrl: mock.loginUrl, apiUrl: mock.apiUrl });
  const http = new HttpClient({ clock: listenerClock, logger, metrics });
  const tokens = new TokenSource({ hosts, credentials, http, clock: listenerClock, redactor });
  const api = new GenesysApi({ hosts, http, tokens });

  /** Lets what is under way on the sockets arrive, without moving time. */
  const settle = async () => {
    await (await fetch(`${mock.url}/settled`)).text();
    await clock.advance(0);
  };
  const { elapse, elapseUntil } = passing(clock, settle);
  return {
    mock,
    centre,
    clock,
    listenerClock,
    lines,
    redactor,
    logger,
    metrics,
    credentials,
    hosts,
    http,
    tokens,
    api,
    settle,
    elapse,
    elapseUntil,
  };
}

/**
 * How tests let time pass.
 * @param settle lets what is under way arrive
 */
export function passing(clock: ManualClock, settle: () => Promise<void>) {
  /** Moves time on, in steps short enough for heartbeats and answers to arrive in time. */
  const elapse = async (ms: number, stepMs = 15_000) => {
    for (let left = ms; left > 0; left -= stepMs) {
      await clock.advance(Math.min(left, stepMs));
      await settle();
    }
  };
  /** Moves time on by small steps until something holds; gives up after ten minutes. */
  const elapseUntil = async (condition: () => boolean, stepMs = 1_000) => {
    for (let left = 600_000; !condition(); left -= stepMs) {
      if (left <= 0) throw new Error(`this never came true: ${condition}`);
      await elapse(stepMs, stepMs);
    }
  };
  return { elapse, elapseUntil };
}

export type Organisation = Awaited<ReturnType<typeof startOrganisation>>;

/** What the mock's org socket takes. */
export function orgSocketSettings(mock: Pick<MockGenesys, 'orgSocketUrl'>): OrgSocketSettings {
  return {
    url: mock.orgSocketUrl,
    origin: DEFAULT_CLIENT.origins?.[0] ?? '',
    userAgent: 'conversation-bridge/test',
    eventTypes: ['conversation:conversation:updated'],
    conversations: [],
  };
}

/** Topic specs as the configuration reads them. */
export function specs(...texts: string[]): TopicSpec[] {
  return texts.map((text) => {
    const spec = parseTopicSpec(text);
    if (typeof spec === 'string') throw new Error(spec);
    return spec;
  });
}
