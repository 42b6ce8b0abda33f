import { onTestFinished } from 'vitest';
import { z } from 'zod';
import { EchoMatcher } from '../../../../listener/continuity/echo-matcher.ts';
import type { NotificationFrame } from '../../../../listener/contract/frame.ts';
import { channelsDialect } from '../../../../listener/genesys/channels/dialect.ts';
import { ConversationTopics } from '../../../../listener/genesys/org-socket/conversations.ts';
import { orgSocketDialect } from '../../../../listener/genesys/org-socket/dialect.ts';
import type { OrgSocketSettings } from '../../../../listener/genesys/org-socket/settings.ts';
import { Session, type Source, type StateChange } from '../../../../listener/genesys/session/session.ts';
import type { SessionState } from '../../../../listener/genesys/session/state.ts';
import { Subscriptions } from '../../../../listener/genesys/session/subscriptions.ts';
import { TopicResolver } from '../../../../listener/genesys/topics/resolver.ts';
import type { ChannelView } from '../../../../mock/genesys/controls.ts';
import { ORG_SOCKET_CLIENT } from '../../../../mock/genesys/server.ts';
import { until } from '../../../until.ts';
import {
  type OrganisationOptions,
  orgSocketSettings,
  passing,
  specs,
  startOrganisation,
} from '../organisation.ts';

const UNDER_WAY: ReadonlySet<SessionState> = new Set([
  'authenticating',
  'connecting',
  'subscribing',
  'handing-over',
]);

export interface SessionHarnessOptions extends OrganisationOptions {
  readonly topics?: readonly string[];
  /** Speak with the org socket, by these settings where they differ from what the mock expects. */
  readonly orgSocket?: Partial<OrgSocketSettings>;
  /** The jitter of the session's backoff; half of the ceiling unless said. */
  readonly random?: () => number;
  readonly refreshMs?: number;
  readonly credentialsRecheckMs?: number;
  /** Called at each change of state, while it happens. */
  readonly onChange?: (change: StateChange, session: Session) => void;
  /** Called when a hand-over is due while nothing is read. */
  readonly onMustRead?: (session: Session) => void;
}

/** A session in front of the mock, both on one clock; stopped when the test ends. */
export async function createSession(options: SessionHarnessOptions = {}) {
  const { orgSocket } = options;
  const organisation = await startOrganisation(
    orgSocket ? { ...options, mock: { clients: [ORG_SOCKET_CLIENT], ...options.mock } } : options,
  );
  const { api, hosts, listenerClock, logger, redactor, tokens, metrics, mock } = organisation;
  const settings = orgSocket && { ...orgSocketSettings(mock), ...orgSocket };
  /** Since when topics that were added may have been missed. */
  const addedSince: number[] = [];
  const subscriptions = new Subscriptions({
    resolver: settings
      ? new ConversationTopics(settings.conversations)
      : new TopicResolver(api, specs(...(options.topics ?? ['queues:*']))),
    refreshMs: options.refreshMs ?? 300_000,
    mostTopics: 1000,
    added: (since) => addedSince.push(since),
    clock: listenerClock,
    logger,
    metrics,
  });
  const changes: StateChange[] = [];
  const notifications: NotificationFrame[] = [];
  /** Where each of them came from. */
  const sources: Source[] = [];
  /** Without what another connection or topic had brought before. */
  const news: NotificationFrame[] = [];
  const echoes = new EchoMatcher<true>(listenerClock);
  const refused: { code: string; detail: string }[] = [];
  const session: Session = new Session({
    dialect: settings
      ? orgSocketDialect({ settings, clock: listenerClock })
      : channelsDialect({ api, hosts, clock: listenerClock, logger, metrics, redactor }),
    tokens,
    subscriptions,
    listener: {
      notification: (notification, { receivedAtMs }, from) => {
        const { id } = from;
        notifications.push(notification);
        sources.push(from);
        const { eventBody, topicName, bodyText } = notification;
        const key = z.object({ id: z.string() }).parse(eventBody).id;
        const source = `${id} ${topicName}`;
        if (echoes.match(key, source, bodyText, from, receivedAtMs)) return;
        echoes.record(key, source, bodyText, true, receivedAtMs);
        news.push(notification);
      },
      refused: (_frame, code, detail) => refused.push({ code, detail }),
      stateChanged: (change) => {
        changes.push(change);
        options.onChange?.(change, session);
      },
      mustRead: () => options.onMustRead?.(session),
    },
    clock: listenerClock,
    logger,
    metrics,
    ...(options.credentialsRecheckMs === undefined
      ? {}
      : { credentialsRecheckMs: options.credentialsRecheckMs }),
    backoff: { baseMs: 1000, capMs: 60_000, random: options.random ?? (() => 0.5) },
  });
  onTestFinished(() => session.stop());
  /** A connection that is being made takes several answers, for which time should not run out meanwhile. */
  const settle = async () => {
    await organisation.settle();
    for (let turn = 0; turn < 10 && UNDER_WAY.has(session.state); turn++) await organisation.settle();
  };

  return {
    ...organisation,
    settle,
    ...passing(organisation.clock, settle),
    session,
    subscriptions,
    addedSince,
    changes,
    notifications,
    sources,
    news,
    refused,
    states: () => changes.map(({ state }) => state),
    /** The reasons of the endings so far. */
    endings: () => changes.flatMap(({ state, reason }) => (state === 'closing' && reason ? [reason] : [])),
    /** Starts it and waits until it has been live, however shortly. */
    goLive: async () => {
      session.start();
      await until(() => changes.some(({ state }) => state === 'live'));
    },
    connected: (): ChannelView[] => mock.controls.channels().filter(({ connected }) => connected),
    /** How often a call succeeded or failed at the mock, by what the log says of it. */
    logged: (text: string) => organisation.lines.filter(({ msg }) => msg.includes(text)),
  };
}

export type SessionHarness = Awaited<ReturnType<typeof createSession>>;
