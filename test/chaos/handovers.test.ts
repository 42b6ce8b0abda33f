import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { handoversIn } from '../../chaos/listeners/handovers.ts';

it('how often connections were replaced is read from the logs of all listeners, by the reason', () => {
  const logs = mkdtempSync(join(tmpdir(), 'logs-'));
  onTestFinished(() => rmSync(logs, { recursive: true }));
  const line = (reason: string) => `${JSON.stringify({ reason, msg: 'handing over: why' })}\n`;
  const other = `${JSON.stringify({ reason: 'socket-closed', msg: 'connection ended' })}\nno JSON\n`;
  writeFileSync(join(logs, 'listener-1.log'), line('token-expiring') + other + line('channel-expiring'));
  writeFileSync(join(logs, 'listener-2.log'), line('token-expiring'));
  writeFileSync(join(logs, 'listener-2.footprint'), line('token-expiring'));
  expect(handoversIn(logs)).toEqual({ 'token-expiring': 2, 'channel-expiring': 1 });
});
