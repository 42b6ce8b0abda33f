import type { Duplex } from 'node:stream';
import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';
import type { Cancel, Clock } from '../../listener/clock.ts';
import type { Moment, Moments } from '../genesys/moments.ts';
import { CONVERSATION_SCOPE } from '../genesys/oauth-client.ts';
import { ServerSocket } from '../genesys/server-socket.ts';
import type { Switches } from '../genesys/switches.ts';
import { readMessage } from './client-message.ts';
import type { ClientFault, FaultCode } from './fault.ts';
import { checkSubscribe, type OrgSubscription } from './subscribe-check.ts';
import { checkToken, type TokenCheck, type TokenSurroundings } from './token-check.ts';

export interface OrgSocketSurroundings extends TokenSurroundings {
  readonly clock: Clock;
  readonly switches: Switches;
  readonly moments: Moments;
  /** Called once, when the connection has ended. */
  readonly onEnd: (socket: OrgSocket) => void;
}

const Auth = z.object({ type: z.literal('auth'), data: z.object({ token: z.string().min(1) }) });
/** Where there is no valid token, there is nobody whose subscription could be confirmed first. */
const CUT_AT_ONCE: ReadonlySet<FaultCode> = new Set([
  'auth.missing',
  'auth.malformed',
  'token.invalid',
  'token.revoked',
  'token.expired',
]);

/** The server's end of one connection to the org socket. */
export class OrgSocket extends ServerSocket {
  readonly #around: OrgSocketSurroundings;
  readonly #origin: string | undefined;
  readonly #subscriptions = new Map<string, OrgSubscription>();
  #session: TokenCheck | undefined;
  /** Messages are answered one by one, though a signature takes a moment. */
  #turn: Promise<void> = Promise.resolve();
  #doomed = false;
  #live = false;
  #cancelCut: Cancel | undefined;

  constructor(
    connection: { id: string; ws: WebSocket; stream: Duplex; origin: string | undefined },
    around: OrgSocketSurroundings,
  ) {
    super({ ...connection, answersPings: () => around.switches.protocolPings });
    this.#around = around;
    this.#origin = connection.origin;
    const { ws } = connection;
    ws.on('message', (data, isBinary) => {
      this.#turn = this.#turn.then(() => this.#received(bytesOf(data), isBinary));
    });
    ws.on('ping', () => this.#alive());
    ws.on('close', () => {
      this.#cancelCut?.();
      around.onEnd(this);
    });
  }

  connected(): void {
    this.#reached('connect');
  }

  /** @param tokenId `jti` of the token that is dead from now on */
  tokenRevoked(tokenId: string): void {
    if (this.#session?.tokenId !== tokenId) return;
    this.#subscriptions.clear();
    this.#session = undefined;
    this.#refuse([{ code: 'token.revoked', message: 'The token was revoked' }]);
  }

  /** The subscriptions to an event of an entity. */
  subscribedTo(eventType: string, entity: string): OrgSubscription[] {
    return [...this.#subscriptions.values()].filter(
      ({ eventTypes, entities }) =>
        eventTypes.includes(eventType) && (entities.length === 0 || entities.includes(entity)),
    );
  }

  /** Writes an event. False when it went nowhere. */
  notify(text: string): boolean {
    if (!this.send(text)) return false;
    this.#alive();
    return true;
  }

  async #received(bytes: Uint8Array, isBinary: boolean): Promise<void> {
    const { object, faults } = readMessage(bytes, isBinary);
    const isAuth = object?.['type'] === 'auth';
    this.#reached(isAuth || !this.#session ? 'auth' : 'subscribe');
    if (!this.open) return;
    if (isAuth) {
      const auth = Auth.safeParse(object);
      if (auth.success && faults.length === 0) await this.#authenticate(auth.data.data.token);
      else this.#refuse([{ code: 'auth.malformed', message: 'The token belongs into data.token, once' }]);
    } else if (!this.#session) {
      this.#refuse([{ code: 'auth.missing', message: 'The first message must be {"type":"auth",…}' }]);
    } else {
      const checked = object && checkSubscribe(object, this.#around.switches);
      this.#subscribe(object?.['id'], checked?.subscription, [
        ...this.#permissionFaults(),
        ...faults,
        ...(checked?.faults ?? []),
      ]);
    }
  }

  async #authenticate(token: string): Promise<void> {
    const check = await checkToken(token, this.#origin, this.#around);
    if (this.#refuse(check.faults)) return;
    this.#session = check;
    const { scopes } = check;
    const inArray = this.#around.switches.authSuccessScopes === 'array';
    this.#say({ type: 'auth-success', ...(inArray ? { scopes } : { scope: scopes.join(' ') }) });
  }

  #subscribe(id: unknown, subscription: OrgSubscription | undefined, faults: readonly ClientFault[]): void {
    if (this.#refuse(faults, id)) return;
    const { switches, clock } = this.#around;
    const filter = subscription && { eventTypes: subscription.eventTypes, entities: subscription.entities };
    this.#say({ type: switches.confirmation, id, filter });
    if (this.#doomed) {
      this.#cancelCut?.();
      this.#cancelCut = clock.after(switches.strictCutMs, () => this.drop());
    } else if (subscription) {
      this.#subscriptions.set(subscription.id, subscription);
    }
    this.#reached('after-subscribe');
  }

  #permissionFaults(): ClientFault[] {
    if (!this.#session || this.#session.scopes.includes(CONVERSATION_SCOPE)) return [];
    const message = `The token has no scope ${CONVERSATION_SCOPE}: its client may not see conversations`;
    return [{ code: 'permission.missing', message }];
  }

  /** Whether the faults end the matter here: told in lenient mode, cut at once in strict mode. */
  #refuse(faults: readonly ClientFault[], id?: unknown): boolean {
    if (faults.length === 0) return false;
    const { jwtValidationMode, strictCut } = this.#around.switches;
    if (jwtValidationMode === 'lenient') {
      for (const { code, message } of faults) this.#say({ type: 'error', id, code, message });
      return true;
    }
    if (strictCut === 'at-once' || faults.some(({ code }) => CUT_AT_ONCE.has(code))) {
      this.drop();
      return true;
    }
    this.#doomed = true;
    return false;
  }

  #say(message: object): void {
    this.send(JSON.stringify(message));
  }

  #alive(): void {
    if (this.#live || this.#subscriptions.size === 0) return;
    this.#live = true;
    this.#reached('live');
  }

  #reached(moment: Moment): void {
    if (this.open) this.#around.moments.reached({ dialect: 'org-socket', moment, socket: this });
  }
}

function bytesOf(data: RawData): Uint8Array {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? new Uint8Array(data) : data;
}
