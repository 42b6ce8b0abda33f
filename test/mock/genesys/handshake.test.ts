import { describe, expect, it } from 'vitest';
import { startMock, TestSocket } from './harness.ts';

const HOUR = 3_600_000;

describe('the handshake', () => {
  it('is refused for a channel that never was', async () => {
    const { mock } = await startMock();
    const base = mock.url.replace('http', 'ws');
    await expect(TestSocket.open(`${base}/channels/streaming-0-none`)).rejects.toThrow('404');
    await expect(TestSocket.open(`${base}/elsewhere`)).rejects.toThrow('404');
  });

  it('is refused for an evicted channel, an expired one, and one whose token is dead', async () => {
    const { mock, clock, createChannel } = await startMock({
      switches: { refuseEvictedChannel: 410, refuseExpiredChannel: 403, refuseDeadToken: 401 },
      channelLifeMs: HOUR,
    });
    const evicted = await createChannel();
    mock.controls.evict(evicted.id);
    await expect(TestSocket.open(evicted.connectUri)).rejects.toThrow('410');

    const expired = await createChannel();
    await clock.advance(HOUR);
    await expect(TestSocket.open(expired.connectUri)).rejects.toThrow('403');

    const orphan = await createChannel();
    mock.controls.endTokens('revoked');
    await expect(TestSocket.open(orphan.connectUri)).rejects.toThrow('401');
  });

  it('can be made to fail as often as wanted', async () => {
    const { mock, createChannel } = await startMock();
    const channel = await createChannel();
    mock.controls.refuseNextUpgrades(503, 2);
    await expect(TestSocket.open(channel.connectUri)).rejects.toThrow('503');
    await expect(TestSocket.open(channel.connectUri)).rejects.toThrow('503');
    await expect(TestSocket.open(channel.connectUri)).resolves.toBeInstanceOf(TestSocket);
  });
});
