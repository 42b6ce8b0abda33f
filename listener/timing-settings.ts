import { z } from 'zod';
import { wholeNumber } from './setting-kinds.ts';

/** How long things may take. Milliseconds. */
export interface TimingConfig {
  /** How long a lease of the shard lasts from its last renewal on. */
  readonly leaseMs: number;
  /** How long a listener that is told to stop waits for another one to take the lease. */
  readonly handoverMs: number;
  /** How much silence on the socket is taken for its death; undefined: what the dialect knows. */
  readonly heartbeatTimeoutMs: number | undefined;
  /** How long a new conversation may be missing from the analytics query. */
  readonly analyticsLagMs: number;
  /** How often to look whether the credentials were rotated. */
  readonly credentialsRecheckMs: number;
}

/** For `start --help`. */
export const TIMING_SETTINGS = [
  {
    name: 'LEASE_SECONDS',
    meaning: 'how long a lease of the shard lasts; a standby takes over so long after its holder died',
    fallback: '3',
  },
  {
    name: 'HANDOVER_SECONDS',
    meaning: 'how long a listener that is told to stop goes on until another one has taken over',
    fallback: '0',
  },
  {
    name: 'HEARTBEAT_TIMEOUT_SECONDS',
    meaning: 'how much silence on the socket is taken for its death; Genesys Cloud beats every 30',
    fallback: '40',
  },
  {
    name: 'ANALYTICS_LAG_SECONDS',
    meaning:
      'how long a new conversation may be missing from the analytics query, which gaps are closed with',
    fallback: '60',
  },
  {
    name: 'CREDENTIALS_RECHECK_SECONDS',
    meaning: 'how often to look whether the credentials were rotated',
    fallback: '300',
  },
] as const;

export const timingSchema = z.object({
  LEASE_SECONDS: wholeNumber(1, 60).default(3),
  HANDOVER_SECONDS: wholeNumber(0, 110).default(0),
  HEARTBEAT_TIMEOUT_SECONDS: wholeNumber(2, 600).optional(),
  ANALYTICS_LAG_SECONDS: wholeNumber(0, 3600).default(60),
  CREDENTIALS_RECHECK_SECONDS: wholeNumber(1, 86_400).default(300),
});

export function readTiming(settings: z.infer<typeof timingSchema>): TimingConfig {
  const { HEARTBEAT_TIMEOUT_SECONDS: heartbeatTimeout } = settings;
  return {
    leaseMs: settings.LEASE_SECONDS * 1000,
    handoverMs: settings.HANDOVER_SECONDS * 1000,
    heartbeatTimeoutMs: heartbeatTimeout === undefined ? undefined : heartbeatTimeout * 1000,
    analyticsLagMs: settings.ANALYTICS_LAG_SECONDS * 1000,
    credentialsRecheckMs: settings.CREDENTIALS_RECHECK_SECONDS * 1000,
  };
}
