import type { OAuthClient } from './oauth.ts';

/** What clients may see: their own permissions, less what a test takes away. */
export class Access {
  readonly #denied = new Set<string>();
  readonly #deniedDivisions = new Set<string>();

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

  missing(client: OAuthClient, permissions: readonly string[]): string[] {
    return permissions.filter(
      (permission) =>
        (client.permissions !== 'all' && !client.permissions.includes(permission)) ||
        this.#denied.has(`* ${permission}`) ||
        this.#denied.has(`${client.id} ${permission}`),
    );
  }

  coversDivision(queueId: string): boolean {
    return !this.#deniedDivisions.has(queueId);
  }
}
