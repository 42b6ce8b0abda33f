import { pino } from 'pino';
import { MetricsAggregate } from '../../../listener/telemetry/aggregate.ts';
import { startHangWatch } from '../../../listener/telemetry/hang-watch.ts';

// Does what it is told: hangs, answers, or ends.
const logger = pino({ level: 'silent' });
const end = startHangWatch({ logger, metrics: new MetricsAggregate(), everyMs: 20, patience: 15 });
process.on('message', async (order) => {
  if (order === 'hang') for (;;);
  if (order === 'end') {
    await end();
    process.disconnect();
  } else process.send?.(`done: ${String(order)}`);
});
process.send?.('ready');
