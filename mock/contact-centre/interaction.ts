import { attributesEvent } from './detail-events.ts';
import type { Leg } from './leg.ts';
import { MEDIA } from './media.ts';
import { createSession } from './session.ts';
import type { Stage } from './stage.ts';

/** A part of a life: everything between two `yield`s is one update of the conversation. */
export type Updates<Result = void> = Generator<undefined, Result, undefined>;

/** What may happen while an agent and the customer talk, and how often. */
const SCENES = ['hold', 'mute', 'message', 'attributes', 'pauseRecording', 'extraMedium'] as const;
const SCENE_WEIGHTS = { hold: 3, mute: 3, message: 4, attributes: 2, pauseRecording: 1, extraMedium: 1 };

/** An agent and a customer talk for a while. */
export function* talk(stage: Stage, customer: Leg, agent: Leg, scenes: number): Updates {
  for (let count = 0; count < scenes; count += 1) {
    switch (stage.random.weighted(SCENES, (scene) => SCENE_WEIGHTS[scene])) {
      case 'hold':
        yield* hold(stage, agent);
        break;
      case 'mute':
        yield* mute(stage, agent);
        break;
      case 'message':
        yield* message(stage, customer, agent);
        break;
      case 'attributes':
        yield* attributes(stage, customer);
        break;
      case 'pauseRecording':
        yield* pauseRecording(agent);
        break;
      case 'extraMedium':
        yield* extraMedium(stage, customer, agent);
        break;
    }
  }
}

function* hold(stage: Stage, agent: Leg): Updates {
  const { media } = stage.conversation;
  if (!MEDIA[media].canHold) return;
  setHeld(stage, agent, true);
  yield;
  setHeld(stage, agent, false);
  yield;
}

export function setHeld(stage: Stage, leg: Leg, held: boolean): void {
  const { now } = stage;
  leg.edit((_participant, sessions) => {
    for (const session of sessions.values()) {
      if (session.held === undefined || session.disconnectedTime !== undefined) continue;
      session.held = held;
      session.startHoldTime = held ? now : undefined;
    }
  });
}

/** Mute, unmute, and often mute again: nothing else changes, so the same body comes more than once. */
function* mute(stage: Stage, agent: Leg): Updates {
  const toggle = (muted: boolean) => {
    let toggled = false;
    agent.edit((_participant, sessions) => {
      for (const session of sessions.values()) {
        if (session.muted !== undefined) session.muted = muted;
        else if (session.audioMuted !== undefined) session.audioMuted = muted;
        else continue;
        toggled = true;
      }
    });
    return toggled;
  };
  for (const muted of stage.random.chance(0.5) ? [true, false, true, false] : [true, false]) {
    if (!toggle(muted)) return;
    yield;
  }
}

/** One of the two writes: messages and emails count them. */
function* message(stage: Stage, customer: Leg, agent: Leg): Updates {
  const author = stage.random.pick([customer, agent]);
  const { now } = stage;
  const messageId = stage.random.uuid();
  let written = false;
  author.edit((_participant, sessions) => {
    for (const session of sessions.values()) {
      if (session.messages) {
        const messageStatus = author === agent ? 'sent' : 'received';
        session.messages = [...session.messages, { messageId, messageTime: now, messageStatus }];
        written = true;
      } else if (session.messagesSent !== undefined) {
        session.messagesSent += 1;
        written = true;
      }
    }
  });
  if (written) yield;
}

export function* attributes(stage: Stage, customer: Leg): Updates {
  const name = stage.random.pick(['verified', 'sentiment', 'nextStep']);
  const value = stage.random.pick(['yes', 'no', 'later', 'unknown']);
  customer.edit((participant) => {
    participant.attributes[name] = value;
  });
  const { conversation } = stage;
  conversation.details.push(attributesEvent(conversation, customer, stage.around.now(), { [name]: value }));
  yield;
}

function* pauseRecording(agent: Leg): Updates {
  for (const recordingState of ['paused', 'active'] as const) {
    const call = agent.sessions.get('calls');
    if (call?.recordingState === undefined) return;
    agent.edit(() => {
      call.recordingState = recordingState;
    });
    yield;
  }
}

/** They look at a screen together: a second medium in the same conversation. */
function* extraMedium(stage: Stage, customer: Leg, agent: Leg): Updates {
  const media = stage.random.pick(['cobrowseSessions', 'screenshares'] as const);
  if (agent.sessions.has(media) || customer.sessions.has(media)) return;
  for (const leg of [customer, agent]) {
    leg.addSession(
      media,
      createSession(stage.random, {
        media,
        state: 'connected',
        direction: stage.conversation.direction,
        customer: stage.conversation.customer,
        peerId: leg === agent ? customer.sessions.get(media)?.id : undefined,
        connectedTime: stage.now,
        scheduledTime: stage.now,
      }),
    );
  }
  yield;
  const { now } = stage;
  for (const leg of [customer, agent]) {
    leg.edit((_participant, sessions) => {
      const session = sessions.get(media);
      if (!session) return;
      session.state = 'disconnected';
      session.disconnectType = 'endpoint';
      session.disconnectedTime = now;
    });
  }
  yield;
}
