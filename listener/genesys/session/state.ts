/** The states of a session, in the order of a good life. */
export const SESSION_STATES = [
  'idle',
  'authenticating',
  'connecting',
  'subscribing',
  'live',
  'closing',
  'backing-off',
  'stopped',
] as const;

export type SessionState = (typeof SESSION_STATES)[number];

/**
 * Where each state may lead. `closing` is passed by every ending; from there the reason's recovery decides.
 * `stopped` may be left again: by new credentials.
 */
export const TRANSITIONS: Readonly<Record<SessionState, readonly SessionState[]>> = {
  idle: ['authenticating', 'closing'],
  authenticating: ['connecting', 'closing'],
  connecting: ['subscribing', 'closing'],
  subscribing: ['live', 'closing'],
  live: ['closing'],
  closing: ['authenticating', 'backing-off', 'stopped'],
  'backing-off': ['authenticating', 'closing'],
  stopped: ['authenticating', 'closing'],
};
