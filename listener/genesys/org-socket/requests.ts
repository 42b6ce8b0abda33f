/** The name of the one subscription on a connection; the server repeats it in its confirmation and in each event. */
const SUBSCRIPTION_ID = 'ws-sub-001';

/** What a subscription asks for. */
export interface SubscriptionFilter {
  readonly eventTypes: readonly string[];
  /** Ids of the conversations to follow; empty means all. */
  readonly entities: readonly string[];
}

/** The first message on the socket, as text. Holds the token: never to be logged. */
export function authMessage(token: string): string {
  return JSON.stringify({ type: 'auth', data: { token } });
}

/** The message that subscribes, as text. */
export function subscribeMessage({ eventTypes, entities }: SubscriptionFilter): string {
  return JSON.stringify({ id: SUBSCRIPTION_ID, type: 'subscribe', filter: { eventTypes, entities } });
}
