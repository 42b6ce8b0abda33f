import type { Logger } from 'pino';
import type { Clock } from '../../clock.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { combineTopics, expandTopic } from '../topics/combine.ts';
import type { ResolvedTopics, TopicProblem, TopicResolver } from '../topics/resolver.ts';
import type { Connection, RejectedTopic } from './dialect.ts';

export interface SubscriptionsOptions {
  readonly resolver: Pick<TopicResolver, 'resolve' | 'mayChange'>;
  /** Milliseconds between two looks for new queues and gone ones. */
  readonly refreshMs: number;
  /** How many subscriptions one channel takes. */
  readonly mostTopics: number;
  /**
   * Told when topics are subscribed to that were not before, though another connection was: what they tell of may have changed
   * since the last look.
   * @param since of that look, milliseconds since the Unix epoch
   */
  readonly added?: (since: number) => void;
  readonly clock: Pick<Clock, 'now'>;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Keeps a connection subscribed to what the configuration asks for, and says aloud what could not be had. */
export class Subscriptions {
  readonly #options: SubscriptionsOptions;
  /** Combined, as they were put. */
  #present: readonly string[] = [];
  /** Where they were put. */
  #holder: Connection | undefined;
  #names: ReadonlySet<string> = new Set();
  /** When the topics were last looked up and put, if they had to be. Milliseconds since the Unix epoch. */
  #lookedAt: number | undefined;
  /** What gave no topic when the connection began. */
  #unresolved: ReadonlySet<string> = new Set();
  #reported = new Set<string>();

  constructor(options: SubscriptionsOptions) {
    this.#options = options;
  }

  /** Whether a topic, by its full name, is subscribed to. */
  includes(topic: string): boolean {
    return this.#names.has(topic);
  }

  /** How often to call `refresh`; undefined when the topics can't change. */
  get refreshMs(): number | undefined {
    return this.#options.resolver.mayChange ? this.#options.refreshMs : undefined;
  }

  /**
   * Looks the topics up and puts them.
   * @param options.takingOver whether what the connection before had is to be kept, as `refresh` does
   * @param options.putting called when they have been looked up and are put next
   * @returns how many subscriptions are in force
   * @throws what the REST client throws
   */
  async put(
    connection: Connection,
    signal: AbortSignal,
    options: { readonly takingOver?: boolean; readonly putting?: () => void } = {},
  ): Promise<number> {
    this.#reported = new Set();
    const at = this.#options.clock.now();
    const resolved = await this.#options.resolver.resolve(signal);
    const topics = options.takingOver ? this.#withoutLapses(resolved) : resolved.topics;
    if (!options.takingOver) this.#unresolved = new Set(resolved.problems.map(({ spec }) => spec));
    options.putting?.();
    return this.#subscribe(connection, { ...resolved, topics, at }, signal);
  }

  /** Looks the topics up again and puts them if they have changed; the socket stays as it is. */
  async refresh(connection: Connection, signal: AbortSignal): Promise<void> {
    const at = this.#options.clock.now();
    const resolved = await this.#options.resolver.resolve(signal);
    const topics = this.#withoutLapses(resolved);
    const wanted = combineTopics(topics);
    const isPut =
      this.#holder === connection &&
      wanted.length === this.#present.length &&
      wanted.every((topic) => this.#present.includes(topic));
    if (isPut) {
      this.#lookedAt = at;
      return this.#report(resolved.problems, []);
    }
    await this.#subscribe(connection, { ...resolved, topics, at }, signal);
  }

  /**
   * What gave topics and gives none now is more likely a permission or a bad minute than gone, so nothing is
   * dropped for it.
   */
  #withoutLapses({ topics, problems }: ResolvedTopics): readonly string[] {
    const hasLapsed = problems.some(({ spec }) => !this.#unresolved.has(spec));
    return hasLapsed ? [...this.#present.flatMap(expandTopic), ...topics] : topics;
  }

  async #subscribe(
    connection: Connection,
    resolved: ResolvedTopics & { readonly at: number },
    signal: AbortSignal,
  ): Promise<number> {
    const { mostTopics, logger, metrics, added } = this.#options;
    const wanted = combineTopics(resolved.topics);
    const topics = wanted.slice(0, mostTopics);
    const leftOut = wanted.slice(mostTopics);
    const report =
      topics.length === 0 ? { subscribed: 0, rejected: [] } : await connection.subscribe(topics, signal);
    const before = new Set(this.#present);
    const after = new Set(wanted);
    this.#present = wanted;
    this.#holder = connection;
    const refused = new Set(report.rejected.flatMap(({ topic }) => expandTopic(topic)));
    const [names, since] = [this.#names, this.#lookedAt];
    this.#names = new Set(topics.flatMap(expandTopic).filter((name) => !refused.has(name)));
    this.#lookedAt = resolved.at;
    if (since !== undefined && [...this.#names].some((name) => !names.has(name))) added?.(since);
    metrics.gauge('TopicsSubscribed', report.subscribed);
    metrics.gauge('TopicsRejected', report.rejected.length + leftOut.length + resolved.problems.length);
    this.#report(resolved.problems, report.rejected);
    if (leftOut.length > 0)
      logger.error(
        { leftOut: leftOut.length, mostTopics, first: leftOut[0] },
        'more topics than a channel takes: the last ones are not subscribed to; spread them over shards',
      );
    logger.info(
      {
        subscriptions: report.subscribed,
        rejected: report.rejected.length,
        added: wanted.filter((topic) => !before.has(topic)).length,
        removed: [...before].filter((topic) => !after.has(topic)).length,
      },
      'subscribed',
    );
    return report.subscribed;
  }

  /** Each problem is said once for each connection, not at every look. */
  #report(problems: readonly TopicProblem[], rejected: readonly RejectedTopic[]): void {
    const { logger } = this.#options;
    for (const { spec, problem } of problems) {
      if (this.#isNews(`${spec}\n${problem}`))
        logger.warn({ topic: spec, problem }, `no topic for ${spec}: ${problem}`);
    }
    for (const { topic, reason, missingPermissions } of rejected) {
      if (this.#isNews(`${topic}\n${reason}`))
        logger.warn(
          { topic, problem: reason, missingPermissions },
          `topic refused: ${topic}: ${reason}${missingPermissions.length > 0 ? ` (missing: ${missingPermissions.join(', ')})` : ''}`,
        );
    }
  }

  #isNews(text: string): boolean {
    if (this.#reported.has(text)) return false;
    this.#reported.add(text);
    return true;
  }
}
