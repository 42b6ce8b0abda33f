import { type Cancel, type Clock, systemClock } from '../../listener/clock.ts';
import { Beginning } from './beginning.ts';
import { type Change, conversationChange } from './change.ts';
import { Conversation } from './conversation.ts';
import { type Agent, createCustomer, createQueue, type Queue } from './directory.ts';
import type { Updates } from './interaction.ts';
import { live } from './lives.ts';
import { ALL_MEDIA, MEDIA } from './media.ts';
import { Random } from './random.ts';
import { type RestConversation, restConversation } from './rest-conversation.ts';
import { Stage, type Surroundings } from './stage.ts';
import { Workforce } from './workforce.ts';

export interface ContactCentreOptions {
  /** The same seed and the same clock give the same bytes. 1 if not said. */
  readonly seed?: number;
  readonly clock?: Clock;
  /** Updates of conversations a second; changes of agents come on top. 20 if not said. */
  readonly rate?: number;
  readonly queues?: number;
  readonly agents?: number;
  /** How many conversations live at the same time at most; as many as there are agents if not said. */
  readonly maxOpen?: number;
  /** How many ended conversations `truth` and `beginnings` still know, about 25 kB each. 5,000 if not said. */
  readonly keepEnded?: number;
}

interface Running {
  readonly conversation: Conversation;
  readonly updates: Updates;
}

/** Updates that are due within less than this are made together. Milliseconds. */
const SHORTEST_TICK_MS = 10;

/** A simulated contact centre: conversations that live their lives, and the notifications they cause. */
export class ContactCentre {
  /** The time that it lives by. */
  readonly clock: Clock;
  readonly #random: Random;
  readonly #rate: number;
  readonly #maxOpen: number;
  readonly #keepEnded: number;
  readonly #queues = new Map<string, Queue>();
  readonly #workforce: Workforce;
  readonly #surroundings: Surroundings;
  readonly #open: Running[] = [];
  readonly #known = new Map<string, Conversation>();
  readonly #ended: string[] = [];
  readonly #listeners = new Set<(change: Change) => void>();
  #changes = 0;
  #queuesMade = 0;
  #cancelTick: Cancel | undefined;

  /** @throws RangeError when the rate is not above 0, or when there would be no queue or no agent */
  constructor(options: ContactCentreOptions = {}) {
    this.clock = options.clock ?? systemClock;
    this.#random = new Random(options.seed ?? 1);
    this.#rate = options.rate ?? 20;
    const agents = options.agents ?? 24;
    const queues = options.queues ?? 6;
    if (!(this.#rate > 0)) throw new RangeError(`The rate must be above 0, not ${this.#rate}`);
    if (!(agents >= 1 && queues >= 1)) throw new RangeError('A contact centre needs a queue and an agent');
    this.#maxOpen = options.maxOpen ?? agents;
    this.#keepEnded = options.keepEnded ?? 5_000;
    for (let index = 0; index < queues; index += 1) this.addQueue();
    this.#workforce = new Workforce({
      random: this.#random,
      now: () => this.#now(),
      agents,
      queues: this.queues,
    });
    this.#surroundings = {
      random: this.#random,
      now: () => this.clock.now(),
      pickQueue: (except) => this.#pickQueue(except),
      pickAgent: (queue, except) => this.#workforce.pick(queue, except),
      occupied: (agent, media) => this.#workforce.occupied(agent, media),
      released: (agent, media) => this.#workforce.released(agent, media),
      missed: (agent) => this.#workforce.missed(agent),
    };
  }

  get queues(): readonly Queue[] {
    return [...this.#queues.values()];
  }

  get agents(): readonly Agent[] {
    return this.#workforce.agents;
  }

  /** How many changes there have been. */
  get changes(): number {
    return this.#changes;
  }

  /** How many conversations have not ended. */
  get openConversations(): number {
    return this.#open.length;
  }

  queue(id: string): Queue | undefined {
    return this.#queues.get(id);
  }

  agent(id: string): Agent | undefined {
    return this.#workforce.agent(id);
  }

  /** New conversations may come to it from now on. */
  addQueue(name?: string): Queue {
    const queue = createQueue(this.#random, this.#queuesMade, name);
    this.#queuesMade += 1;
    this.#queues.set(queue.id, queue);
    return queue;
  }

  /** No new conversation comes to it; those that are in it live on. False when it is not there, or the last one. */
  removeQueue(id: string): boolean {
    return this.#queues.size > 1 && this.#queues.delete(id);
  }

  /** The true state of a conversation now, or as it ended; nothing for one that was never there or ended long ago. */
  truth(conversationId: string): RestConversation | undefined {
    const conversation = this.#known.get(conversationId);
    return conversation && restConversation(conversation);
  }

  /**
   * When each conversation that `truth` knows began, and ended if it has; the oldest first.
   * @param from no earlier than this, milliseconds since the Unix epoch
   * @param until before this, milliseconds since the Unix epoch
   */
  beginnings(from = 0, until = this.clock.now() + 1): Beginning[] {
    // As text, since there may be tens of thousands, and all are looked at for each page of an answer.
    const [first, last] = [new Date(from).toISOString(), new Date(until).toISOString()];
    const began = [...this.#known.values()].filter(({ startTime }) => startTime >= first && startTime < last);
    return began.map((conversation) => new Beginning(conversation));
  }

  /** Ids of the conversations that have not ended. */
  openConversationIds(): string[] {
    return this.#open.map(({ conversation }) => conversation.id);
  }

  /** Calls the listener for each change, while it happens. Returns what takes the listener off again. */
  on(_event: 'change', listener: (change: Change) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Makes updates at the rate until `stop`. Does nothing when it runs already. */
  start(): void {
    if (this.#cancelTick) return;
    let from = this.clock.monotonic();
    let made = 0;
    const tickMs = Math.max(SHORTEST_TICK_MS, 1000 / this.#rate);
    const tick = () => {
      let due = Math.floor(((this.clock.monotonic() - from) / 1000) * this.#rate + 1e-9) - made;
      if (due > this.#rate + 1) {
        // The process stood still for more than a second: what is missed is not made up for.
        from = this.clock.monotonic();
        made = 0;
        due = 1;
      }
      this.#cancelTick = this.clock.after(tickMs, tick);
      for (; due > 0; due -= 1) {
        made += 1;
        this.step();
      }
    };
    this.#cancelTick = this.clock.after(tickMs, tick);
  }

  stop(): void {
    this.#cancelTick?.();
    this.#cancelTick = undefined;
  }

  /**
   * Announces an open conversation as it is, once more: another change with the same body, as unmuting and muting
   * again brings it. False when it is not open.
   */
  repeat(conversationId: string): boolean {
    const running = this.#open.find(({ conversation }) => conversation.id === conversationId);
    if (!running) return false;
    running.conversation.details = [];
    this.#announce(conversationChange(running.conversation));
    return true;
  }

  /**
   * Gives an open conversation an attribute of so many bytes, as flows do, and announces it; every later body has it,
   * too. 0 takes it away again. False when it is not open.
   */
  enlarge(conversationId: string, bytes: number): boolean {
    const running = this.#open.find(({ conversation }) => conversation.id === conversationId);
    const leg = running?.conversation.legs[0];
    if (!running || !leg) return false;
    leg.edit(({ attributes }) => {
      if (bytes > 0) attributes['transcript'] = 'x'.repeat(bytes);
      else delete attributes['transcript'];
    });
    running.conversation.revision += 1;
    return this.repeat(conversationId);
  }

  /** Makes one update of one conversation, and the changes of agents that it brings. */
  step(): void {
    for (;;) {
      const running = this.#next();
      running.conversation.details = [];
      running.conversation.revision += 1;
      const done = running.updates.next().done === true;
      if (done || running.conversation.over) this.#end(running);
      if (done) continue;
      this.#announce(conversationChange(running.conversation));
      break;
    }
    if (this.#random.chance(0.02)) this.#workforce.changePresence();
    for (const notifications of this.#workforce.takeNotifications())
      this.#announce({ conversationId: undefined, notifications, conversation: undefined });
  }

  #next(): Running {
    const room = this.#open.length < this.#maxOpen;
    if (this.#open.length === 0 || (room && this.#random.chance(0.25))) return this.#begin();
    return this.#random.pick(this.#open);
  }

  #begin(): Running {
    const media = this.#random.weighted(ALL_MEDIA, (name) => MEDIA[name].weight);
    const conversation = new Conversation({
      id: this.#random.uuid(),
      media,
      direction: this.#random.chance(MEDIA[media].outboundPercent / 100) ? 'outbound' : 'inbound',
      customer: createCustomer(this.#random),
      startTime: this.#now(),
    });
    const running = { conversation, updates: live(new Stage(conversation, this.#surroundings)) };
    this.#open.push(running);
    this.#known.set(conversation.id, conversation);
    return running;
  }

  #end(running: Running): void {
    running.conversation.endTime = running.conversation.lastTime ?? this.#now();
    this.#open.splice(this.#open.indexOf(running), 1);
    this.#ended.push(running.conversation.id);
    for (const id of this.#ended.splice(0, this.#ended.length - this.#keepEnded)) this.#known.delete(id);
  }

  #announce(what: Pick<Change, 'conversationId' | 'notifications' | 'conversation'>): void {
    this.#changes += 1;
    const change: Change = {
      id: this.#changes,
      at: this.clock.now(),
      correlationId: this.#random.uuid(),
      ...what,
    };
    for (const listener of this.#listeners) listener(change);
  }

  #pickQueue(except: ReadonlySet<string> = new Set()): Queue {
    const others = this.queues.filter(({ id }) => !except.has(id));
    return this.#random.pick(others.length > 0 ? others : this.queues);
  }

  #now(): string {
    return new Date(this.clock.now()).toISOString();
  }
}
