import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Clock } from '../../listener/clock.ts';
import type { Stage, Undo } from './fault.ts';
import { type Certificate, inspectionCertificate } from './inspection-certificate.ts';

/** What a box between client and server does to what passes through it. */
export interface Meddling {
  /** How much later everything arrives, each way. Milliseconds. */
  readonly delayMs?: number;
  /** Upgrades to WebSocket: passed on, swallowed with no answer, or answered by a reset. */
  readonly upgrades?: 'pass' | 'swallow' | 'reset';
  /** Opens TLS and closes it again with a certificate of its own. */
  readonly tls?: boolean;
}

/** The first request of a connection that wants to be a WebSocket. */
const UPGRADE = /^upgrade:\s*websocket\s*$/im;

/** Puts a box between the client and what it has reached so far. */
export async function putInFront(stage: Stage, meddling: Meddling): Promise<Undo> {
  const box = await startMiddlebox(new URL(stage.front), meddling, stage.mock.clock);
  stage.front = box.url;
  const socketUrl = box.url.replace(/^http/, 'ws');
  stage.environment['GENESYSCLOUD_LOGIN_URL'] = box.url;
  stage.environment['GENESYSCLOUD_API_URL'] = box.url;
  stage.environment['GENESYSCLOUD_ORG_SOCKET_URL'] = `${socketUrl}/websocket`;
  stage.mock.controls.handOutConnectUri(`${socketUrl}/channels/{id}`);
  return async () => {
    stage.mock.controls.handOutConnectUri();
    await box.close();
  };
}

/** A server on loopback that passes everything on to another one there, but for its meddling. */
async function startMiddlebox(
  target: URL,
  meddling: Meddling,
  clock: Clock,
): Promise<{ readonly url: string; close(): Promise<void> }> {
  const { delayMs = 0, upgrades = 'pass', tls = false } = meddling;
  const sockets = new Set<Socket>();

  const relay = (inner: Socket, outer: Socket): void => {
    const watched = (socket: Socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      // A connection that breaks is one that closes; the other side is closed with it below.
      socket.on('error', () => undefined);
    };
    watched(inner);
    watched(outer);
    const later = (act: () => void) => (delayMs === 0 ? act() : void clock.after(delayMs, act));
    inner.on('data', (chunk) => {
      if (upgrades !== 'pass' && UPGRADE.test(chunk.toString('latin1'))) {
        if (upgrades === 'reset') inner.resetAndDestroy();
        return;
      }
      later(() => outer.write(chunk));
    });
    outer.on('data', (chunk) => later(() => inner.write(chunk)));
    inner.on('close', () => outer.destroy());
    outer.on('close', () => later(() => inner.destroy()));
  };

  const accept = (inner: Socket) => relay(inner, connect(Number(target.port), target.hostname));
  const server = tls
    ? createTlsServer(tlsOptions(await inspectionCertificate()), accept)
    : createServer(accept);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The middlebox has no port');
  return {
    url: `${tls ? 'https' : 'http'}://127.0.0.1:${address.port}`,
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

function tlsOptions({ key, chain }: Certificate): { key: string; cert: string } {
  return { key, cert: chain };
}
