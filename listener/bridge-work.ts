import type { TenureWork } from './continuity/tenure-work.ts';
import type { ConnectionChange } from './contract/connection-event.ts';
import type { GenesysApi } from './genesys/api.ts';
import type { Session } from './genesys/session/session.ts';
import type { Pipeline } from './pipeline.ts';
import type { Publisher } from './publish/publisher.ts';
import type { CallsUnderWay } from './telemetry/calls-under-way.ts';

export interface BridgeWorkOptions {
  /** Asked for closing gaps. */
  readonly api: GenesysApi;
  /** Counts what it is asked. */
  readonly calls: CallsUnderWay;
  readonly pipeline: Pipeline;
  readonly publisher: Publisher;
  readonly session: Session;
  /** How the connection last changed; a term begins by telling it. */
  readonly connection: () => ConnectionChange | undefined;
}

/** What a tenure has done: by the pipeline and the publisher, and by the session, which knows what has been heard. */
export function bridgeWork({
  api,
  calls,
  pipeline,
  publisher,
  session,
  connection,
}: BridgeWorkOptions): TenureWork {
  return {
    api: {
      conversation: (id, signal) => calls.counted(api.conversation(id, signal)),
      conversationsBetween: (from, until, signal) =>
        calls.countedEach(api.conversationsBetween(from, until, signal)),
    },
    takeOver: (epoch, checkpoint, knowledge) =>
      pipeline.takeOver(epoch, checkpoint, { connection: connection(), ...knowledge }),
    goOn: (epoch) => pipeline.goOn(epoch),
    standDown: () => pipeline.standDown(),
    disown: () => pipeline.disown(),
    caughtUp: () => pipeline.caughtUp(),
    settle: (deadlineMs) => publisher.settle(deadlineMs),
    abandon: (code, message) => publisher.abandon(code, message),
    get oldestUnsettled() {
      return pipeline.oldestUnsettled;
    },
    get lastSignAt() {
      return session.lastSignAt;
    },
    get keptSince() {
      return pipeline.keptSince;
    },
    get isBehind() {
      return session.isBehind;
    },
    get promptSince() {
      return session.promptSince;
    },
    showsLife: (ms) => session.showsLife(ms),
    openConversations: () => pipeline.conversations.openIds(),
    versionOf: (id) => pipeline.conversations.wholeVersionOf(id),
    countOf: (id) => pipeline.conversations.countOf(id),
    knownEndOf: (id) => pipeline.conversations.knownEndOf(id),
    backfill: (id, conversation) => pipeline.conversations.backfill(id, conversation),
    announce: (event, settled) => pipeline.announce(event, settled),
  };
}
