import type { ContactCentre } from '../../mock/contact-centre/contact-centre.ts';
import type { Random } from '../../mock/contact-centre/random.ts';
import type { LocalEventBus } from '../../mock/event-bus/local-event-bus.ts';
import type { MockGenesys } from '../../mock/genesys/server.ts';
import type { Fleet } from '../listeners/fleet.ts';
import type { Shape } from '../listeners/shape.ts';
import type { AwsGateway } from '../world/aws-gateway.ts';

/** Everything that a fault can act on. */
export interface Stage {
  readonly genesys: MockGenesys;
  readonly centre: ContactCentre;
  readonly bus: LocalEventBus;
  readonly aws: AwsGateway;
  readonly fleet: Fleet;
  /** Waits so many milliseconds; no longer than the campaign lasts, so that everything heals at its end. */
  pause(ms: number): Promise<void>;
  /** Waits until something holds, `withinMs` at most, also past the end. Says whether it holds. */
  until(condition: () => boolean, withinMs: number): Promise<boolean>;
  /** How many sockets are live: connected and subscribed. */
  liveSockets(): number;
  /** When a socket was last subscribed, milliseconds since the Unix epoch; 0 for never. */
  lastSubscribedAt(): number;
  /** Conversations that a socket has told of lately, and that are open. */
  openConversations(): readonly string[];
  /** Puts something that is no notification on all sockets. `marker` is in it. */
  sendGarbage(data: string | Uint8Array, marker: string): void;
  /** Makes the secret that logs in another one. */
  rotateSecret(secret: string): { readonly inGenesys: () => void; readonly inAws: () => void };
}

/** What was chosen when a fault was played. */
export interface Played {
  readonly detail: string;
  /** Whether frames may be missing; the fault's own answer unless said. */
  readonly mayMiss?: boolean;
  /** What was sent before may be missing if the bus held it up, milliseconds since the Unix epoch: no successor had received it. */
  readonly mayMissBefore?: number;
  readonly clockShiftMs?: number;
  /** When the listener that published was ended, milliseconds since the Unix epoch. */
  readonly silencedAt?: number;
}

/**
 * Faults of one lane are played one after the other, those of different lanes at the same time.
 * `whole`: in force from before the start to the end.
 */
export const LANES = ['connection', 'api', 'bus', 'frames', 'whole'] as const;
export type Lane = (typeof LANES)[number];

/** Something that goes wrong, and heals. */
export interface Fault {
  readonly name: string;
  /** What it does and when it heals, in a line. */
  readonly does: string;
  readonly lane: Lane;
  /** How long it takes at most to strike and to heal, milliseconds. For the plan. */
  readonly lastsMs: number;
  /** Whether frames that are sent meanwhile may be missing, as long as a gap tells of them. */
  readonly mayMiss: boolean;
  /** Whether what is to be published takes much room, or finds no place; no unless said. */
  readonly fillsBuffer?: boolean;
  /** Whether what is to be published has to wait; unless said, when it is a fault of the bus, or fills the buffer. */
  readonly holdsUpBus?: boolean;
  /** Whether calls of API and login fail or take long, so that no connection can be made; no unless said. */
  readonly hindersCalls?: boolean;
  /** Whether a listener reads late what is sent meanwhile, since it stands still; no unless said. */
  readonly standsStill?: boolean;
  readonly needsStandby?: boolean;
  /** The only shape of listener that it can happen to; any unless said. */
  readonly onlyShape?: Shape;
  /** Whether it is played only when it is asked for by name; no unless said. */
  readonly onlyNamed?: boolean;
  /** Strikes, waits and heals. */
  play(stage: Stage, random: Random): Promise<Played>;
}
