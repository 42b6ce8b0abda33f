import type { AssembledEvent, ReceiptContext } from './assemble.ts';
import { bodyDigest, eventId } from './identity.ts';
import { type CONNECTION_STATES, CONTRACT_VERSION, DETAIL_TYPES } from './vocabulary.ts';

export type ConnectionState = (typeof CONNECTION_STATES)[number];

/** How the bridge's connection with Genesys Cloud changed. */
export interface ConnectionChange {
  readonly state: ConnectionState;
  readonly previousState?: ConnectionState;
  /** A stable code. */
  readonly reason?: string;
}

/** The bridge's own event about its connection. Its sequence makes it unique. */
export function assembleConnectionChanged(
  connection: ConnectionChange,
  context: Omit<ReceiptContext, 'digest'>,
): AssembledEvent {
  const orderingKey = `connection:${context.shard}`;
  const id = eventId(orderingKey, 0, bodyDigest(`${context.sequence}\n${JSON.stringify(connection)}`));
  const timestamp = context.receivedAt.toISOString();
  return {
    orderingKey,
    eventId: id,
    detailType: DETAIL_TYPES.bridgeConnectionChanged,
    summary: {
      conversationId: undefined,
      mediaTypes: [],
      state: connection.state,
      queueIds: [],
      agentIds: [],
      changes: [],
    },
    shape: 'none',
    detail: JSON.stringify({
      connection,
      timestamp,
      bridge: {
        contractVersion: CONTRACT_VERSION,
        eventId: id,
        sequence: context.sequence,
        shard: context.shard,
        dialect: context.dialect,
        topics: [],
        receivedAt: timestamp,
        backfilled: false,
      },
    }),
  };
}
