import type { FastifyInstance } from 'fastify';
import type { RouteSurroundings } from './surroundings.ts';

/** Where a client asks what a token is worth. */
export const INTROSPECTION_PATH = '/api/v2/oauth2/introspect';

/** Login, and what tells about tokens. */
export function tokenRoutes(
  app: FastifyInstance,
  { tokens, organisation, moments }: RouteSurroundings,
): void {
  app.post('/oauth/token', async (request) => {
    const granted = await tokens.grant(request.headers.authorization, formOf(request.body));
    moments.reached({ dialect: 'channels', moment: 'auth', socket: undefined });
    return granted;
  });

  app.post(INTROSPECTION_PATH, (request) =>
    tokens.introspect(request.headers.authorization, formOf(request.body)),
  );

  // Model `TokenInfo` of the platform API.
  app.get('/api/v2/tokens/me', (request) => {
    const { client, claims } = tokens.authenticate(request.headers.authorization);
    const scope = claims.scope.split(' ').filter((name) => name !== '');
    return {
      organization: organisation,
      homeOrganization: organisation,
      authorizedScope: scope,
      OAuthClient: {
        id: client.id,
        name: client.id,
        authorizedGrantType: 'CLIENT_CREDENTIALS',
        scope,
        state: 'active',
        organization: organisation,
      },
    };
  });
}

function formOf(body: unknown): URLSearchParams {
  return body instanceof URLSearchParams ? body : new URLSearchParams();
}
