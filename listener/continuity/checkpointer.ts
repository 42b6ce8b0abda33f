import type { Logger } from 'pino';
import type { Cancel, Clock } from '../clock.ts';
import { describeError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Checkpoint, CheckpointStore, KeyPosition } from './checkpoint-store.ts';

export class Checkpointer {
  readonly #o: { store: CheckpointStore; clock: Clock; logger: Logger; metrics: Metrics; everyMs?: number; lowWatermark: () => number };
  #positions = new Map<string, KeyPosition>();
  #changed = new Map<string, KeyPosition>();
  #forgotten: string[] = [];
  #epoch: number | undefined;
  #cancel: Cancel = () => undefined;
  #writing: Promise<void> = Promise.resolve();
  #appends = 0;
  constructor(options: { store: CheckpointStore; clock: Clock; logger: Logger; metrics: Metrics; everyMs?: number; lowWatermark: () => number }) { this.#o = options; }
  async begin(epoch: number, restored: Checkpoint | undefined): Promise<void> {
    const merged = new Map(restored?.positions ?? []);
    for (const [key, position] of this.#changed) merged.set(key, position);
    this.#positions = merged;
    this.#changed = new Map();
    this.#epoch = epoch;
    await this.#o.store.replace(epoch, { lowWatermark: this.#o.lowWatermark(), positions: this.#positions });
    this.#arm();
  }
  settled(position: KeyPosition): void {
    const before = this.#positions.get(position.key);
    if (before && before.version >= position.version) return;
    this.#positions.delete(position.key);
    this.#positions.set(position.key, position);
    this.#changed.set(position.key, position);
  }
  async flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write());
    await this.#writing;
  }
  async end(): Promise<void> {
    this.#cancel();
    await this.flush();
    this.#epoch = undefined;
    this.#positions = new Map();
    this.#changed = new Map();
  }
  #arm(): void {
    this.#cancel = this.#o.clock.after(this.#o.everyMs ?? 2000, () => {
      void this.flush().then(() => { if (this.#epoch !== undefined) this.#arm(); });
    });
  }
  async #write(): Promise<void> {
    if (this.#epoch === undefined) return;
    const now = this.#o.clock.now();
    for (const [key, { open, receivedAt }] of this.#positions) {
      if (!open && now - receivedAt > 300_000) { this.#positions.delete(key); this.#changed.delete(key); this.#forgotten.push(key); }
    }
    const changed = [...this.#changed.values()];
    const forgotten = this.#forgotten;
    this.#changed = new Map();
    this.#forgotten = [];
    const lowWatermark = this.#o.lowWatermark();
    try {
      if (++this.#appends % 100 === 0) await this.#o.store.replace(this.#epoch, { lowWatermark, positions: this.#positions });
      else await this.#o.store.append(this.#epoch, { lowWatermark, changed, forgotten });
    } catch (error) {
      this.#o.metrics.count('CheckpointFailures');
      this.#o.logger.warn({ cause: describeError(error) }, 'checkpoint failed');
      for (const position of changed) if (!this.#changed.has(position.key)) this.#changed.set(position.key, position);
      this.#forgotten.push(...forgotten);
    }
  }
}
