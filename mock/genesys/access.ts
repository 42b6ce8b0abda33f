import { ApiError } from './api-error.ts';
import { CONVERSATION_SCOPE, DEFAULT_SCOPES, type OAuthClient } from './oauth-client.ts';

/** What `view:conversation` stands for. */
export const CONVERSATION_PERMISSION = 'conversation:communication:view';

/** What clients may see: their own permissions, less what a test takes away. */
export class Access {
  readonly #denied = new Set<string>();
  readonly #deniedDivisions = new Set<string>();
  readonly #deniedScopes = new Set<string>();
  #origins: readonly string[] | undefined;

  /** Takes a permission away, from one client or all. */
  deny(permission: string, clientId = '*'): void {
    this.#denied.add(`${clientId} ${permission}`);
  }

  allow(permission: string, clientId = '*'): void {
    this.#denied.delete(`${clientId} ${permission}`);
  }

  /** Takes the queue's division out of every role. */
  denyDivision(queueId: string): void {
    this.#deniedDivisions.add(queueId);
  }

  allowDivision(queueId: string): void {
    this.#deniedDivisions.delete(queueId);
  }

  /** Takes a scope out of every token that is issued from now on. */
  denyScope(scope: string): void {
    this.#deniedScopes.add(scope);
  }

  allowScope(scope: string): void {
    this.#deniedScopes.delete(scope);
  }

  /** What a new token of the client may be used for. Who may not see conversations has no scope for them either. */
  scopesOf(client: OAuthClient): string[] {
    const seesConversations = this.missing(client, [CONVERSATION_PERMISSION]).length === 0;
    return (client.scopes ?? DEFAULT_SCOPES).filter(
      (scope) => !this.#deniedScopes.has(scope) && (scope !== CONVERSATION_SCOPE || seesConversations),
    );
  }

  /** Registers these origins in place of every client's own; their own again without. */
  registerOrigins(origins?: readonly string[]): void {
    this.#origins = origins;
  }

  originsOf(client: OAuthClient): readonly string[] {
    return this.#origins ?? client.origins ?? [];
  }

  missing(client: OAuthClient, permissions: readonly string[]): string[] {
    return permissions.filter(
      (permission) =>
        (client.permissions !== 'all' && !client.permissions.includes(permission)) ||
        this.#denied.has(`* ${permission}`) ||
        this.#denied.has(`${client.id} ${permission}`),
    );
  }

  /** @throws {ApiError} 403 when the client lacks the permission */
  demand(client: OAuthClient, permission: string): void {
    if (this.missing(client, [permission]).length === 0) return;
    throw new ApiError(
      403,
      'missing.any.permissions',
      `Unable to perform the requested action. You must have at least one of the following permissions assigned: [${permission}]`,
      { messageParams: { permissions: permission } },
    );
  }

  coversDivision(queueId: string): boolean {
    return !this.#deniedDivisions.has(queueId);
  }
}
