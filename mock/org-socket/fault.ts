/** What can be wrong with what a client of the org socket shows or sends. */
export const FAULT_CODES = [
  'origin.not.registered',
  'auth.missing',
  'auth.malformed',
  'token.invalid',
  'token.revoked',
  'token.expired',
  'token.too.short',
  'token.not.yet.valid',
  'token.scope.missing',
  'permission.missing',
  'subscription.empty',
  'subscription.raw.string',
  'subscription.malformed',
  'subscription.duplicate.key',
  'subscription.no.type',
  'subscription.no.id',
  'subscription.no.filter',
  'subscription.bad.event.type',
] as const;
export type FaultCode = (typeof FAULT_CODES)[number];

export interface ClientFault {
  readonly code: FaultCode;
  /** For the developer of the client: what is wrong. */
  readonly message: string;
}
