/** How a run on this machine went; the last line of `start --json`. */
export interface Summary {
  /** Notifications that the listener took off the socket, echoes included. */
  readonly received: number;
  /** Changes that the bus holds. */
  readonly published: number;
  readonly parked: number;
  /** Changes that the mock put on a socket and that are neither on the bus nor parked. */
  readonly lost: number;
  readonly duplicates: number;
  /** Notifications that repeated a change which had already come by another topic. */
  readonly echoes: number;
  readonly latencyMs: { readonly p50: number | null; readonly p99: number | null };
  readonly seconds: number;
}

/** A percentile by the nearest rank, rounded to 0.1; null when there is none to tell. */
export function percentile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
  return value === undefined ? null : Math.round(value * 10) / 10;
}

/** A few lines for people. */
export function formatSummary(summary: Summary): string {
  const { received, published, parked, lost, duplicates, echoes, latencyMs, seconds } = summary;
  return [
    '',
    `${received} notifications received in ${seconds} s (${echoes} echoes by another topic), ${published} events published`,
    `${lost} lost, ${parked} parked, ${duplicates} duplicates`,
    `socket to bus: half within ${latencyMs.p50 ?? '–'} ms, 99 % within ${latencyMs.p99 ?? '–'} ms`,
    '',
  ].join('\n');
}
