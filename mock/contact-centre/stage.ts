import type { Conversation } from './conversation.ts';
import { type DetailEventName, detailDisconnectType, detailEvent } from './detail-events.ts';
import type { Agent, Queue } from './directory.ts';
import { Leg, type Participant, type Purpose } from './leg.ts';
import { MEDIA, type Media } from './media.ts';
import type { Random } from './random.ts';
import { createSession, type SessionState } from './session.ts';

/** What a conversation needs of the contact centre around it. */
export interface Surroundings {
  readonly random: Random;
  /** Milliseconds since the Unix epoch. */
  now(): number;
  pickQueue(except?: ReadonlySet<string>): Queue;
  pickAgent(queue: Queue, except: ReadonlySet<string>): Agent;
  /** The agent has taken a conversation on. */
  occupied(agent: Agent, media: Media): void;
  /** The agent is done with it. */
  released(agent: Agent, media: Media): void;
  /** The agent let it ring. */
  missed(agent: Agent): void;
}

interface Entrance {
  readonly purpose: Purpose;
  readonly state: SessionState;
  readonly media?: Media;
  readonly agent?: Agent;
  readonly queue?: Queue;
  readonly peer?: Leg | undefined;
  readonly consultOf?: Leg;
}

const START: Readonly<Record<Purpose, DetailEventName>> = {
  customer: 'customer.start',
  ivr: 'flow.start',
  workflow: 'flow.start',
  acd: 'acd.start',
  agent: 'user.start',
};

const END: Readonly<Record<Purpose, DetailEventName>> = {
  customer: 'customer.end',
  ivr: 'flow.end',
  workflow: 'flow.end',
  acd: 'acd.end',
  agent: 'user.end',
};

/** The moves of which lives are made: each changes legs and notes the detail event that goes with it. */
export class Stage {
  readonly conversation: Conversation;
  readonly around: Surroundings;
  readonly #agents = new Map<string, Agent>();

  constructor(conversation: Conversation, around: Surroundings) {
    this.conversation = conversation;
    this.around = around;
  }

  get random(): Random {
    return this.around.random;
  }

  /** ISO 8601. */
  get now(): string {
    return new Date(this.around.now()).toISOString();
  }

  enter(entrance: Entrance): Leg {
    const { purpose, state, queue, agent } = entrance;
    const { customer, direction } = this.conversation;
    const media = entrance.media ?? this.conversation.media;
    const connectedTime = state === 'connected' ? this.now : undefined;
    const leg = new Leg(this.#participant(entrance, connectedTime), this.now);
    leg.addSession(
      media,
      createSession(this.random, {
        media,
        state,
        direction,
        customer,
        peerId: entrance.peer?.sessions.get(media)?.id,
        connectedTime,
        scheduledTime: new Date(Date.parse(this.conversation.startTime) + 60_000).toISOString(),
      }),
    );
    if (queue) this.conversation.queues.set(queue.id, queue);
    if (agent) {
      this.#agents.set(leg.id, agent);
      this.around.occupied(agent, this.conversation.media);
    }
    this.conversation.legs.push(leg);
    this.note(START[purpose], leg, flowOf(leg, this.conversation.media));
    return leg;
  }

  connect(leg: Leg): void {
    const { now } = this;
    leg.edit((participant, sessions) => {
      participant.connectedTime ??= now;
      for (const session of sessions.values()) {
        if (session.disconnectedTime !== undefined) continue;
        session.state = 'connected';
        session.connectedTime ??= now;
      }
    });
  }

  /** The leg ends. An agent who had been connected is left with after-call work, if `wrapUp` says so. */
  leave(leg: Leg, disconnectType: string, options: { wrapUp?: boolean; outcome?: object } = {}): void {
    if (!leg.live) return;
    const { now } = this;
    const { purpose } = leg.participant;
    const wrapUp = options.wrapUp === true && leg.participant.connectedTime !== undefined;
    leg.edit((participant, sessions) => {
      for (const session of sessions.values()) {
        if (session.disconnectedTime !== undefined) continue;
        session.disconnectType = disconnectType;
        session.disconnectedTime = now;
        if (session.held) session.held = false;
        session.startHoldTime = undefined;
        if (wrapUp) session.afterCallWork = { state: 'pending', startTime: now, endTime: undefined };
        // A callback stays connected on paper until its after-call work is done.
        if (!(wrapUp && 'callbackNumbers' in session)) session.state = 'disconnected';
      }
      if (wrapUp) {
        participant.wrapupRequired = true;
        participant.startAcwTime = now;
      }
      if (!(wrapUp && sessions.has('callbacks'))) participant.endTime = now;
    });
    this.note(END[purpose], leg, {
      disconnectType: detailDisconnectType(disconnectType),
      ...durationOf(leg, this.around.now()),
      ...flowOf(leg, this.conversation.media),
      ...options.outcome,
    });
    const agent = this.#agents.get(leg.id);
    if (agent && !wrapUp) this.around.released(agent, this.conversation.media);
  }

  /** The after-call work of a leg is done, with a wrap-up code. */
  wrapUp(leg: Leg): void {
    if (!leg.wrappingUp) return;
    const { now } = this;
    const started = Date.parse(leg.participant.startAcwTime ?? now);
    const durationSeconds = Math.round((this.around.now() - started) / 1000);
    const code = this.random.pick(['Resolved', 'Call back later', 'Wrong department', 'Order placed']);
    const wrapup = { code, notes: '', tags: [], durationSeconds, endTime: now };
    leg.edit((participant, sessions) => {
      participant.wrapup = wrapup;
      participant.endAcwTime = now;
      participant.endTime ??= now;
      for (const session of sessions.values()) {
        session.state = 'terminated';
        session.wrapup = wrapup;
        if (session.afterCallWork) {
          session.afterCallWork.state = 'complete';
          session.afterCallWork.endTime = now;
        }
      }
    });
    const work = { wrapupCode: code, wrapupNotes: '', wrapupDurationMs: durationSeconds * 1000 };
    this.note('wrapup', leg, work);
    this.note('acw', leg, work);
    const agent = this.#agents.get(leg.id);
    if (agent) this.around.released(agent, this.conversation.media);
  }

  /** The agent of a leg let it ring. */
  miss(leg: Leg): void {
    const agent = this.#agents.get(leg.id);
    this.leave(leg, 'transfer.noanswer');
    if (agent) this.around.missed(agent);
  }

  note(name: DetailEventName, leg: Leg, extra: object = {}): void {
    this.conversation.details.push(detailEvent(name, this.conversation, leg, this.around.now(), extra));
  }

  #participant(entrance: Entrance, connectedTime: string | undefined): Participant {
    const { purpose, queue, agent } = entrance;
    const { customer, media } = this.conversation;
    const attributes: Record<string, string> = {};
    if (purpose === 'customer' || purpose === 'acd') {
      attributes['customerTier'] = this.random.pick(['standard', 'plus', 'premium']);
      attributes['language'] = this.random.pick(['en-GB', 'ja-JP', 'de-DE', 'es-ES']);
      attributes['entryPage'] = `https://www.example.com/help/${media}`;
      attributes['orderNumber'] = String(this.random.int(100_000, 999_999));
      attributes['lastContactReason'] =
        'Asked when the parcel would arrive; was told within three working days.';
      attributes['journeySessionId'] = this.random.uuid();
      attributes['accountReference'] = this.random.uuid();
    }
    return {
      id: this.random.uuid(),
      connectedTime,
      endTime: undefined,
      userId: agent?.id,
      name: purpose === 'customer' ? customer.name : (agent?.name ?? queue?.name),
      queueId: queue?.id,
      purpose,
      consultParticipantId: entrance.consultOf?.id,
      address: purpose === 'customer' ? (media === 'emails' ? customer.email : customer.phone) : undefined,
      wrapupRequired: false,
      wrapupExpected: purpose === 'agent',
      wrapupPrompt: purpose === 'agent' ? 'optional' : undefined,
      wrapup: undefined,
      startAcwTime: undefined,
      endAcwTime: undefined,
      conversationRoutingData: queue && {
        queue: { id: queue.id },
        language: {},
        priority: 0,
        skills: [],
        scoredAgents: [],
      },
      alertingTimeoutMs: purpose === 'agent' ? 30_000 : undefined,
      attributes,
    };
  }
}

function flowOf(leg: Leg, media: Media): object {
  const { purpose } = leg.participant;
  if (purpose !== 'ivr' && purpose !== 'workflow') return {};
  return {
    flowType: MEDIA[media].flowType,
    flowId: '5f0d1a52-6c3e-4f5d-9a57-2d1c4f0b7e11',
    flowVersion: '7.0',
  };
}

function durationOf(leg: Leg, now: number): object {
  const { connectedTime, purpose } = leg.participant;
  if (connectedTime === undefined) return {};
  const field =
    purpose === 'customer' || purpose === 'agent' ? 'interactingDurationMs' : 'connectedDurationMs';
  return { [field]: now - Date.parse(connectedTime) };
}
