import type { Queue } from './directory.ts';
import { attributes, setHeld, talk, type Updates } from './interaction.ts';
import type { Leg } from './leg.ts';
import { MEDIA } from './media.ts';
import { createSession } from './session.ts';
import type { Stage } from './stage.ts';

/** What an agent does when the talk is over, and how often. */
const ENDINGS = ['goodbye', 'queue', 'agent', 'consult', 'conference'] as const;
const ENDING_WEIGHTS = { goodbye: 6, queue: 2, agent: 1, consult: 2, conference: 2 };

/** The whole life of a conversation. It is over when the generator returns. */
export function* live(stage: Stage): Updates {
  const { direction, media } = stage.conversation;
  if (direction === 'outbound') yield* outbound(stage);
  else if (media === 'callbacks') yield* callback(stage);
  else yield* inbound(stage);
}

function* inbound(stage: Stage): Updates {
  const { random } = stage;
  const customer = stage.enter({ purpose: 'customer', state: 'connected' });
  yield;
  const flow = stage.enter({
    purpose: MEDIA[stage.conversation.media].flowPurpose,
    state: 'connected',
    peer: customer,
  });
  yield;
  if (random.chance(0.4)) yield* attributes(stage, customer);
  if (random.chance(0.06)) {
    stage.leave(flow, 'peer');
    stage.leave(customer, 'endpoint');
    yield;
    return;
  }
  stage.note('flow.outcome', flow, {
    flowOutcomeId: '0b8c1f3e-2d1a-4d56-8a0c-7f1be2a5c9d3',
    flowOutcomeValue: 'SUCCESS',
    flowOutcomeStartTime: Date.parse(flow.startTime),
    flowOutcomeEndTime: stage.around.now(),
  });
  stage.leave(flow, 'transfer');
  yield* served(stage, customer, stage.around.pickQueue());
}

/** The customer asked to be called back: first scheduled, then queued, then an agent dials. */
function* callback(stage: Stage): Updates {
  const queue = stage.around.pickQueue();
  const customer = stage.enter({ purpose: 'customer', state: 'scheduled', queue });
  yield;
  stage.connect(customer);
  yield* served(stage, customer, queue);
}

/** An agent writes or calls, on behalf of a queue. */
function* outbound(stage: Stage): Updates {
  const { random, conversation } = stage;
  const queue = stage.around.pickQueue();
  const byPhone = conversation.media === 'calls';
  const agent = stage.enter({
    purpose: 'agent',
    state: byPhone ? 'contacting' : 'connected',
    agent: stage.around.pickAgent(queue, new Set()),
    queue,
  });
  yield;
  if (byPhone) stage.connect(agent);
  const customer = stage.enter({
    purpose: 'customer',
    state: byPhone ? 'dialing' : 'connected',
    peer: agent,
  });
  yield;
  if (byPhone) {
    const unanswered = random.chance(0.15);
    if (unanswered) stage.leave(customer, 'peer');
    else stage.connect(customer);
    if (unanswered) stage.leave(agent, 'client');
    yield;
    if (unanswered) return;
  }
  yield* talk(stage, customer, agent, random.int(1, 4));
  yield* goodbye(stage, customer);
}

/** From a queue to the end: waiting, ringing, talking, transfers, goodbye. */
function* served(stage: Stage, customer: Leg, first: Queue): Updates {
  const { random } = stage;
  let queue = first;
  for (let transfers = 0; ; transfers += 1) {
    const agent = yield* queued(stage, customer, queue);
    if (!agent) return;
    yield* connected(stage, customer, agent);
    yield* talk(stage, customer, agent, random.int(1, 4));
    const next = transfers < 2 ? random.weighted(ENDINGS, (ending) => ENDING_WEIGHTS[ending]) : 'goodbye';
    if (next === 'queue') {
      queue = stage.around.pickQueue(new Set([queue.id]));
      recordTransfer(stage, agent, { address: queue.name }, 'Unattended');
      stage.leave(agent, 'transfer', { wrapUp: true });
      continue;
    }
    if (next === 'agent') yield* blindTransfer(stage, customer, agent, queue);
    if (next === 'consult' || next === 'conference') yield* consult(stage, customer, agent, queue, next);
    break;
  }
  yield* goodbye(stage, customer);
}

/** Waits in a queue until an agent answers; agents may let it ring, and customers may give up. */
function* queued(stage: Stage, customer: Leg, queue: Queue): Updates<Leg | undefined> {
  const { random } = stage;
  const acd = stage.enter({ purpose: 'acd', state: 'connected', queue, peer: customer });
  yield;
  if (random.chance(0.08)) {
    stage.leave(acd, 'peer', { outcome: { acdOutcome: 'ABANDON' } });
    yield* goodbye(stage, customer);
    return undefined;
  }
  const missed = new Set<string>();
  for (;;) {
    const user = stage.around.pickAgent(queue, missed);
    const agent = stage.enter({ purpose: 'agent', state: 'alerting', agent: user, queue, peer: customer });
    yield;
    if (missed.size < 2 && random.chance(0.15)) {
      missed.add(user.id);
      stage.miss(agent);
      yield;
      continue;
    }
    stage.connect(agent);
    stage.leave(acd, 'transfer', { outcome: { acdOutcome: 'ANSWERED', answeredUserId: user.id } });
    yield;
    return agent;
  }
}

/** What follows an answer at once: after a callback, the agent dials the customer. */
function* connected(stage: Stage, customer: Leg, agent: Leg): Updates {
  if (stage.conversation.media !== 'callbacks' || customer.sessions.has('calls')) return;
  for (const leg of [agent, customer]) {
    leg.addSession(
      'calls',
      createSession(stage.random, {
        media: 'calls',
        state: leg === agent ? 'contacting' : 'dialing',
        direction: 'outbound',
        customer: stage.conversation.customer,
        peerId: leg === customer ? agent.sessions.get('calls')?.id : undefined,
        connectedTime: undefined,
        scheduledTime: stage.now,
      }),
    );
  }
  yield;
  stage.connect(agent);
  stage.connect(customer);
  yield;
}

function* blindTransfer(stage: Stage, customer: Leg, from: Leg, queue: Queue): Updates {
  const user = stage.around.pickAgent(queue, usersOf(stage));
  recordTransfer(stage, from, { userId: user.id }, 'Unattended');
  const to = stage.enter({ purpose: 'agent', state: 'alerting', agent: user, queue, peer: customer });
  stage.leave(from, 'transfer', { wrapUp: true });
  yield;
  stage.connect(to);
  yield;
  yield* talk(stage, customer, to, stage.random.int(0, 2));
}

/** The agent asks another one while the customer is on hold; then hands over, or all three talk. */
function* consult(
  stage: Stage,
  customer: Leg,
  from: Leg,
  queue: Queue,
  ending: 'consult' | 'conference',
): Updates {
  const user = stage.around.pickAgent(queue, usersOf(stage));
  setHeld(stage, from, true);
  const to = stage.enter({
    purpose: 'agent',
    state: 'dialing',
    agent: user,
    queue,
    peer: from,
    consultOf: from,
  });
  yield;
  stage.connect(to);
  yield;
  setHeld(stage, from, false);
  if (ending === 'consult') {
    recordTransfer(stage, from, { userId: user.id }, 'Attended');
    stage.leave(from, 'transfer.consult', { wrapUp: true });
    yield;
    yield* talk(stage, customer, to, stage.random.int(0, 2));
    return;
  }
  yield;
  yield* talk(stage, customer, from, 1);
  stage.leave(to, 'client', { wrapUp: stage.random.chance(0.5) });
  yield;
}

/** Customer or agent hangs up; then the after-call work that is left is done, one agent after the other. */
function* goodbye(stage: Stage, customer: Leg): Updates {
  const { legs } = stage.conversation;
  const byCustomer = stage.random.chance(0.6);
  stage.leave(customer, byCustomer ? 'endpoint' : 'peer');
  for (const leg of legs)
    stage.leave(leg, byCustomer ? 'peer' : 'client', { wrapUp: leg.participant.purpose === 'agent' });
  yield;
  for (const leg of legs) {
    if (!leg.wrappingUp) continue;
    stage.wrapUp(leg);
    yield;
  }
}

function recordTransfer(
  stage: Stage,
  from: Leg,
  destination: { userId?: string; address?: string },
  transferType: 'Attended' | 'Unattended',
): void {
  stage.conversation.transfers.push({
    id: stage.random.uuid(),
    state: 'complete',
    dateIssued: stage.now,
    initiator: { userId: from.participant.userId ?? '' },
    destination,
    transferType,
  });
}

function usersOf(stage: Stage): Set<string> {
  return new Set(stage.conversation.legs.flatMap(({ participant }) => participant.userId ?? []));
}
