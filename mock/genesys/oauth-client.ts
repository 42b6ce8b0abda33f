/** A client that may ask for tokens by client credentials. */
export interface OAuthClient {
  readonly id: string;
  readonly secret: string;
  /** Permission names such as `conversation:communication:view`. */
  readonly permissions: 'all' | readonly string[];
  /** Genesys Cloud allows 300 (5 minutes) to 172,800 (48 hours); 86,400 is its default. */
  readonly tokenLifetimeSeconds: number;
  /** What its tokens are: opaque, unless said. The org socket takes signed JWTs only. */
  readonly tokenFormat?: 'opaque' | 'jwt';
  /** `DEFAULT_SCOPES` unless said. */
  readonly scopes?: readonly string[];
  /** Values of the `Origin` header that the org socket takes from it; none unless said. */
  readonly origins?: readonly string[];
}

/** Scope of the Notifications API. */
export const NOTIFICATIONS_SCOPE = 'notifications';
/** Scope without which the org socket refuses a token. */
export const WEBSOCKET_SCOPE = 'notification:websocket:read';
/** Scope that a client has if it may see conversations; without it the org socket gives no conversation events. */
export const CONVERSATION_SCOPE = 'view:conversation';

export const DEFAULT_SCOPES: readonly string[] = [
  NOTIFICATIONS_SCOPE,
  WEBSOCKET_SCOPE,
  CONVERSATION_SCOPE,
  'view:notification',
];

/** The client that is there if no others are given. */
export const DEFAULT_CLIENT: OAuthClient = {
  id: 'mock-client-id',
  secret: 'mock-client-secret',
  permissions: 'all',
  tokenLifetimeSeconds: 86_400,
  origins: ['https://bridge.example.com'],
};

/** The same client with the tokens that the org socket takes. */
export const ORG_SOCKET_CLIENT: OAuthClient = { ...DEFAULT_CLIENT, tokenFormat: 'jwt' };
