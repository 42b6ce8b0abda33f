import type { Logger } from 'pino';
import type { Cancel, Clock } from '../../clock.ts';
import { describeError } from '../../errors.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import type { TokenSource } from '../oauth.ts';

/** How often the credentials are looked at, unless said otherwise. Milliseconds. */
const EVERY_MS = 5 * 60_000;

export interface RotationWatchOptions {
  readonly tokens: Pick<TokenSource, 'credentialsChanged'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly everyMs: number | undefined;
  /** Told each time it looks and finds other credentials than those in use. */
  readonly rotated: () => void;
}

/** Looks whether the credentials were rotated, so that they are taken up before the old ones stop working. */
export class RotationWatch {
  readonly #options: RotationWatchOptions;
  #cancel: Cancel | undefined;
  #term = 0;

  constructor(options: RotationWatchOptions) {
    this.#options = options;
  }

  start(): void {
    this.stop();
    const term = this.#term;
    this.#cancel = this.#options.clock.after(this.#options.everyMs ?? EVERY_MS, () => void this.#look(term));
  }

  stop(): void {
    this.#cancel?.();
    this.#term++;
  }

  async #look(term: number): Promise<void> {
    const { tokens, logger, metrics, rotated } = this.#options;
    let changed = false;
    try {
      changed = await tokens.credentialsChanged();
    } catch (error) {
      metrics.count('CredentialsReadFailures');
      logger.warn(
        { cause: describeError(error) },
        'the secret could not be looked at; the present token lives on',
      );
    }
    if (term !== this.#term) return;
    this.start();
    if (changed) rotated();
  }
}
