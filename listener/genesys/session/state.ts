/** The states of a session, in the order of a good life. */
export const SESSION_STATES = [
  'idle',
  'authenticating',
  'connecting',
  'subscribing',
  'live',
  'handing-over',
  'closing',
  'backing-off',
  'stopped',
] as const;

export type SessionState = (typeof SESSION_STATES)[number];

/**
 * Where each state may lead. `closing` is passed by every ending; from there the reason's recovery decides, unless
 * a second connection was being made already: then it goes on from where that one is.
 * `handing-over` is live: the old connection works until the new one does. `stopped` may be left again: by new
 * credentials.
 */
export const TRANSITIONS: Readonly<Record<SessionState, readonly SessionState[]>> = {
  idle: ['authenticating', 'closing'],
  authenticating: ['connecting', 'closing'],
  connecting: ['subscribing', 'closing'],
  subscribing: ['live', 'closing'],
  live: ['handing-over', 'closing'],
  'handing-over': ['live', 'closing'],
  closing: ['authenticating', 'connecting', 'subscribing', 'live', 'backing-off', 'stopped'],
  'backing-off': ['authenticating', 'closing'],
  stopped: ['authenticating', 'closing'],
};

/** Whether notifications arrive in this state. */
export function isLive(state: SessionState): boolean {
  return state === 'live' || state === 'handing-over';
}
