import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const COMMAND = join(import.meta.dirname, '../bin/conversation-bridge.js');
const ATTEMPTS = 400;

/** The command line as a process of its own, as a user or a container runs it. */
export class ListenerProcess {
  readonly environment: Readonly<Record<string, string>>;
  readonly program: string;
  readonly #child: ChildProcess;
  #stdout = '';
  #stderr = '';

  /**
   * @param environment all that it gets, but for PATH
   * @param program the command line, unless another file is named
   */
  constructor(args: readonly string[], environment: Readonly<Record<string, string>>, program = COMMAND) {
    this.environment = environment;
    this.program = program;
    this.#child = spawn(process.execPath, [program, ...args], {
      env: { PATH: process.env['PATH'], ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#stdout += chunk.toString('utf8');
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr += chunk.toString('utf8');
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Resolves once a line of standard output matches. */
  async untilSays(pattern: RegExp): Promise<RegExpExecArray> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const found = pattern.exec(this.#stdout);
      if (found) return found;
      if (this.#child.exitCode !== null) break;
      await delay(50);
    }
    throw new Error(`the process never said ${pattern}\n${this.#stdout}\n${this.#stderr}`);
  }

  /** Sends a signal, if any, and resolves with the exit code. */
  async end(signal?: NodeJS.Signals): Promise<number | null> {
    if (this.#child.exitCode === null) {
      const ended = once(this.#child, 'close');
      if (signal) this.#child.kill(signal);
      await ended;
    }
    return this.#child.exitCode;
  }
}
