import { createServer, type Server } from 'node:http';
import { BridgeError } from '../errors.ts';

/** One of the two answers: what to tell, and whether it is good. */
export interface HealthAnswer {
  readonly ok: boolean;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What the endpoint asks, at each request anew. */
export interface HealthSource {
  /** Whether the process makes progress. A "no" means: restart it. */
  liveness(): HealthAnswer;
  /** Whether it is live on the socket. A "no" is no reason to restart: Genesys Cloud or the secret may be the cause. */
  readiness(): HealthAnswer;
}

/** The health endpoint could not be opened. */
class HealthEndpointError extends BridgeError {
  readonly code = 'HealthEndpointUnavailable';
  readonly canRetry = false;
}

export interface HealthEndpoint {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Serves `/healthz` and `/readyz`: 200 or 503, with the facts as JSON. On all interfaces, since a container's
 * health check may come from outside of it; it tells nothing secret and takes no input.
 * @param port 0 for any free one
 * @param mayMove take any free one when `port` is taken
 * @throws {HealthEndpointError} the port can't be had
 */
export async function serveHealth(
  source: HealthSource,
  port: number,
  mayMove = false,
): Promise<HealthEndpoint> {
  const server = createServer((request, response) => {
    const answer = answerFor(request.url ?? '', source);
    const status = answer === undefined ? 404 : answer.ok ? 200 : 503;
    response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    response.end(
      JSON.stringify(
        answer === undefined ? { error: 'try /healthz or /readyz' } : { ok: answer.ok, ...answer.facts },
      ),
    );
  });
  await listen(server, port).catch((error: unknown) => {
    if (!mayMove) throw error;
    return listen(server, 0);
  });
  const address = server.address();
  const bound = typeof address === 'object' && address !== null ? address.port : port;
  return {
    url: `http://127.0.0.1:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answerFor(url: string, source: HealthSource): HealthAnswer | undefined {
  const [path] = url.split('?');
  if (path === '/healthz') return source.liveness();
  if (path === '/readyz') return source.readiness();
  return undefined;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const hint =
        cause.code === 'EADDRINUSE' ? ': it is in use; set HEALTH_PORT to another one, or to 0 for any' : '';
      reject(new HealthEndpointError(`the health endpoint can't listen on port ${port}${hint}`, { cause }));
    });
    server.listen(port, () => resolve());
  });
}
