import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';

const PRELOAD = join(import.meta.dirname, 'preload.mjs');

/** How a listener's process ended. */
export interface ListenerEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Whether it was told to. */
  readonly told: boolean;
}

/** One listener as a process of its own, set up by environment variables alone. */
export class Listener {
  readonly name: string;
  readonly logFile: string;
  /** Its own folder for what it parks. */
  readonly parkingDir: string;
  readonly ended: Promise<ListenerEnd>;
  /** Milliseconds since the Unix epoch. */
  readonly startedAt = Date.now();
  readonly #child: ChildProcess;
  #end: ListenerEnd | undefined;
  #told = false;

  constructor(options: {
    readonly name: string;
    /** What node runs, and what it is given. */
    readonly command: readonly string[];
    /** After so many milliseconds it is killed, which it should not let it come to; endless unless said. */
    readonly lifetimeMs?: number;
    readonly logFile: string;
    readonly parkingDir: string;
    readonly environment: Readonly<Record<string, string>>;
    /** How much heap it may have, MiB. */
    readonly heapMb?: number;
  }) {
    this.name = options.name;
    this.logFile = options.logFile;
    this.parkingDir = options.parkingDir;
    const limits = options.heapMb === undefined ? [] : [`--max-old-space-size=${options.heapMb}`];
    const args = [...limits, '--enable-source-maps', '--import', PRELOAD, ...options.command];
    this.#child = spawn(process.execPath, args, {
      env: { PATH: process.env['PATH'], ...options.environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    // Nor may one outlive the campaign when that is ended half-way.
    const reap = () => this.#child.kill('SIGKILL');
    process.once('exit', reap);
    const timeIsOver = options.lifetimeMs === undefined ? undefined : setTimeout(reap, options.lifetimeMs);
    this.#child.once('close', () => {
      process.off('exit', reap);
      clearTimeout(timeIsOver);
    });
    const log = createWriteStream(options.logFile, { flags: 'a' });
    this.#child.stdout?.pipe(log, { end: false });
    this.#child.stderr?.pipe(log, { end: false });
    this.ended = new Promise((resolve) => {
      this.#child.once('close', (code, signal) => {
        this.#end = { code, signal, told: this.#told };
        log.end(() => resolve({ code, signal, told: this.#told }));
      });
    });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Undefined while it runs. */
  get end(): ListenerEnd | undefined {
    return this.#end;
  }

  /** Asks it to stop in order. */
  terminate(): void {
    this.#told = true;
    this.#child.kill('SIGTERM');
  }

  /** Ends it as a power cut would. */
  kill(): void {
    this.#told = true;
    this.#child.kill('SIGKILL');
  }

  /** Lets it stand still: nothing is lost, nothing happens. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }
}
