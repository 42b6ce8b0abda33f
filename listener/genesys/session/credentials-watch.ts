import type { Logger } from 'pino';
import type { Cancel, Clock } from '../../clock.ts';
import { describeError } from '../../errors.ts';
import type { TokenSource } from '../oauth.ts';

/** How often a session that stopped for want of credentials looks again. Milliseconds. */
export const CREDENTIALS_RECHECK_MS = 60_000;
/** After so many looks it tries again even with the same credentials: a permission may have been granted. */
const CHECKS_BEFORE_RETRY = 10;

/** Waits until it is worth logging in again: the credentials have changed, or enough time has passed. */
export class CredentialsWatch {
  readonly #tokens: Pick<TokenSource, 'credentialsChanged'>;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #again: () => void;
  #cancel: Cancel = () => {};
  #stopped = false;

  constructor(options: {
    tokens: Pick<TokenSource, 'credentialsChanged'>;
    clock: Clock;
    logger: Logger;
    /** Called once, unless it is stopped before. */
    again: () => void;
  }) {
    this.#tokens = options.tokens;
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#again = options.again;
    this.#schedule(CHECKS_BEFORE_RETRY);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel();
  }

  #schedule(checksLeft: number): void {
    this.#cancel = this.#clock.after(CREDENTIALS_RECHECK_MS, () => void this.#check(checksLeft));
  }

  async #check(checksLeft: number): Promise<void> {
    const changed = await this.#changed();
    if (this.#stopped) return;
    if (changed || checksLeft <= 1) this.#again();
    else this.#schedule(checksLeft - 1);
  }

  async #changed(): Promise<boolean> {
    try {
      return await this.#tokens.credentialsChanged();
    } catch (error) {
      this.#logger.info({ cause: describeError(error) }, 'the credentials still cannot be read');
      return false;
    }
  }
}
