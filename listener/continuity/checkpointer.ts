import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Checkpoint, CheckpointStore, KeyPosition } from './checkpoint-store.ts';

export class Checkpointer {
  constructor(_options: {
    store: CheckpointStore;
    clock: Clock;
    logger: Logger;
    metrics: Metrics;
    everyMs?: number;
    lowWatermark: () => number;
  }) {}
  async begin(_epoch: number, _restored: Checkpoint | undefined): Promise<void> {}
  settled(_position: KeyPosition): void {}
  async flush(): Promise<void> {}
  async end(): Promise<void> {}
}
