import { randomUUID } from 'node:crypto';
import fastify, { type FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ApiError, badRequest, notFound } from './api-error.ts';
import { OAuthError, type Token } from './oauth.ts';
import { NOTIFICATIONS_SCOPE } from './oauth-client.ts';
import type { RateLimit } from './rate-limit.ts';
import { analyticsRoutes } from './routes/analytics.ts';
import { directoryRoutes } from './routes/directory.ts';
import { notificationRoutes } from './routes/notifications.ts';
import type { RouteSurroundings } from './routes/surroundings.ts';
import { INTROSPECTION_PATH, tokenRoutes } from './routes/tokens.ts';
import type { ServerTime } from './server-time.ts';

/** The HTTP side: what every request goes through, and all routes. */
export function createApp(
  around: RouteSurroundings,
  options: { readonly restPerMinute: number; readonly limit: RateLimit; readonly time: ServerTime },
): FastifyInstance {
  const app = fastify({ genReqId: () => randomUUID(), forceCloseConnections: true, bodyLimit: 4_000_000 });

  app.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string' },
    (_request, body, done) => {
      done(null, new URLSearchParams(String(body)));
    },
  );
  // Clients send the JSON content type with no body, which the built-in parser refuses.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      const parsed: unknown = body === '' ? undefined : JSON.parse(String(body));
      done(null, parsed);
    } catch {
      done(badRequest('The request body is not valid JSON.'));
    }
  });

  app.addHook('onRequest', async (request, reply) => {
    void reply
      .header('inin-correlation-id', request.id)
      .header('date', new Date(options.time.now()).toUTCString());
    const path = request.url.split('?')[0] ?? '';
    const delayMs = around.faults.delayOf(path);
    if (delayMs > 0) await around.contactCentre.clock.sleep(delayMs);
    const failure = around.faults.takeRequest(request.method, path);
    if (failure) {
      return reply
        .status(failure.status)
        .headers({ 'content-type': 'application/json', ...failure.headers })
        .send(typeof failure.body === 'string' ? failure.body : JSON.stringify(failure.body ?? {}));
    }
    if (path.startsWith('/api/') && path !== INTROSPECTION_PATH) {
      const token = around.tokens.authenticate(request.headers.authorization);
      options.limit.take(`api ${token.value}`, options.restPerMinute);
      if (path.startsWith('/api/v2/notifications/')) requireScope(token, NOTIFICATIONS_SCOPE);
    }
    return undefined;
  });

  app.setErrorHandler((error, request, reply) => {
    if (error instanceof OAuthError) return reply.status(error.status).send(error.body());
    const known = toApiError(error);
    return reply.status(known.status).headers(known.headers).send(known.body(request.id));
  });

  app.setNotFoundHandler((request, reply) => {
    return reply.status(404).send(notFound(`${request.method} ${request.url}`).body(request.id));
  });

  tokenRoutes(app, around);
  notificationRoutes(app, around);
  directoryRoutes(app, around);
  analyticsRoutes(app, around);
  return app;
}

function requireScope({ claims }: Token, scope: string): void {
  if (claims.scope.split(' ').includes(scope)) return;
  throw new ApiError(403, 'app.not.authorized.for.scope', `App not authorized to use scope [${scope}]`);
}

function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof z.ZodError) return badRequest(z.prettifyError(error));
  const { statusCode, message } = Thrown.parse(error);
  return new ApiError(
    statusCode,
    statusCode < 500 ? 'bad.request' : 'general.internal.server.error',
    message,
  );
}

/** What the framework throws: an error with a status, most often. */
const Thrown = z.object({ statusCode: z.number().catch(500), message: z.string().catch('Unknown failure') });
