import pThrottle from 'p-throttle';
import { z } from 'zod';
import { parseObject } from '../contract/frame.ts';
import type { RestConversation } from '../contract/rest-conversation.ts';
import { type FoundConversation, findConversations, foundConversationsSchema } from './conversation-query.ts';
import { type HttpAnswer, type HttpClient, HttpError, type HttpRequest } from './http.ts';
import type { AccessToken, TokenSource } from './oauth.ts';
import type { GenesysHosts } from './regions.ts';
import { UnexpectedAnswerError } from './unexpected-answer.ts';

/** Genesys Cloud allows this many REST requests a minute for each token, and answers 429 beyond. */
const REQUESTS_A_MINUTE = 300;
const PAGE_SIZE = 100;

const channelSchema = z.object({
  id: z.string().min(1),
  connectUri: z.string().min(1),
  expires: z.string().optional(),
});
/** Of a channel that was made with another token, the id is not shown. */
const channelsSchema = z.object({ entities: z.array(z.object({ id: z.string().optional() })).default([]) });
const topicRowSchema = z.object({
  id: z.string(),
  state: z.string().optional(),
  rejectionReason: z.string().nullish(),
  missingPermissions: z.array(z.string()).nullish(),
});
const topicRowsSchema = z.object({ entities: z.array(topicRowSchema).default([]) });
const namedSchema = z.object({ id: z.string(), name: z.string().default('') });
const pageSchema = z.object({ entities: z.array(namedSchema).default([]), pageCount: z.number().optional() });
const userSearchSchema = z.object({ results: z.array(namedSchema).default([]) });
const availableTopicsSchema = z.object({
  entities: z
    .array(
      z.object({
        id: z.string(),
        requiresPermissions: z.array(z.string()).nullish(),
        transports: z.array(z.string()).nullish(),
      }),
    )
    .default([]),
});

export type Channel = z.infer<typeof channelSchema>;
/** A channel that was just made. */
export type NewChannel = Channel & {
  /** How long it lives from the request on, as far as the server tells, in milliseconds. By the server's clock alone. */
  readonly lifeMs: number | undefined;
};
/** One row of a subscription answer: `state` is `Permitted` or `Rejected`. */
export type TopicRow = z.infer<typeof topicRowSchema>;
export type NamedEntity = z.infer<typeof namedSchema>;
export type AvailableTopic = z.infer<typeof availableTopicsSchema>['entities'][number];

/** For `HttpClient`'s option `gate`: lets 300 requests through in any minute, retries counted, and holds the others back. */
export function restGate(requestsAMinute = REQUESTS_A_MINUTE): () => Promise<void> {
  return pThrottle({ limit: requestsAMinute, interval: 60_000, strict: true })(async () => {});
}

/**
 * For a second `HttpClient` beside one with the gate `shared`: its requests count there, too, but are so few a minute
 * that the others' always find room.
 */
export function narrowerGate(shared: () => Promise<void>, requestsAMinute: number): () => Promise<void> {
  const own = restGate(requestsAMinute);
  return async () => {
    await own();
    await shared();
  };
}

type ApiCall = Pick<HttpRequest, 'method' | 'route'> & {
  readonly path: string;
  readonly body?: unknown;
};

/** The calls of the Genesys Cloud Platform API that the bridge needs, within its rate limit. */
export class GenesysApi {
  readonly #hosts: GenesysHosts;
  readonly #http: HttpClient;
  readonly #tokens: TokenSource;

  /** @param options.http keeps the rate limit: see `restGate` */
  constructor(options: { hosts: GenesysHosts; http: HttpClient; tokens: TokenSource }) {
    this.#hosts = options.hosts;
    this.#http = options.http;
    this.#tokens = options.tokens;
  }

  /** POST /api/v2/notifications/channels. A client's 21st channel evicts another. */
  async createChannel(signal?: AbortSignal): Promise<NewChannel> {
    const path = '/api/v2/notifications/channels';
    const call = { method: 'POST', path, route: path } as const;
    const answer = await this.#send(call, signal);
    const channel = parsed(call, answer, channelSchema);
    const lifeMs = Date.parse(channel.expires ?? '') - (answer.date ?? Number.NaN);
    return { ...channel, lifeMs: Number.isNaN(lifeMs) ? undefined : lifeMs };
  }

  /** GET /api/v2/notifications/channels: those of the client, whichever token made them. */
  async channels(signal?: AbortSignal): Promise<{ id?: string | undefined }[]> {
    const path = '/api/v2/notifications/channels';
    const answer = await this.#json(
      { method: 'GET', path: `${path}?includechannels=oauthclient`, route: path },
      channelsSchema,
      signal,
    );
    return answer.entities;
  }

  /**
   * Replaces a channel's subscriptions. Topics that are refused come back as `Rejected` rows and don't
   * stop the others (`ignoreErrors`).
   */
  async putSubscriptions(
    channelId: string,
    topics: readonly string[],
    signal?: AbortSignal,
  ): Promise<TopicRow[]> {
    const answer = await this.#json(
      {
        method: 'PUT',
        path: `/api/v2/notifications/channels/${encodeURIComponent(channelId)}/subscriptions?ignoreErrors=true`,
        route: '/api/v2/notifications/channels/{id}/subscriptions',
        body: topics.map((id) => ({ id })),
      },
      topicRowsSchema,
      signal,
    );
    return answer.entities;
  }

  /** Takes all subscriptions off a channel: the nearest thing to deleting it, which the API doesn't offer. */
  async deleteSubscriptions(channelId: string, signal?: AbortSignal): Promise<void> {
    await this.#send(
      {
        method: 'DELETE',
        path: `/api/v2/notifications/channels/${encodeURIComponent(channelId)}/subscriptions`,
        route: '/api/v2/notifications/channels/{id}/subscriptions',
      },
      signal,
    );
  }

  /** Every topic there is, with the permissions it asks for. */
  async availableTopics(signal?: AbortSignal): Promise<AvailableTopic[]> {
    const path = '/api/v2/notifications/availabletopics';
    const answer = await this.#json(
      { method: 'GET', path: `${path}?expand=requiresPermissions&expand=transports`, route: path },
      availableTopicsSchema,
      signal,
    );
    return answer.entities;
  }

  /** Every queue of the divisions that the client may see, page by page; `name` narrows it down. */
  async queues(name?: string, signal?: AbortSignal): Promise<NamedEntity[]> {
    const path = '/api/v2/routing/queues';
    const queues: NamedEntity[] = [];
    for (let pageNumber = 1; ; pageNumber++) {
      const query = new URLSearchParams({ pageSize: String(PAGE_SIZE), pageNumber: String(pageNumber) });
      if (name !== undefined) query.set('name', name);
      const page = await this.#json(
        { method: 'GET', path: `${path}?${query}`, route: path },
        pageSchema,
        signal,
      );
      queues.push(...page.entities);
      const last =
        page.pageCount === undefined ? page.entities.length < PAGE_SIZE : pageNumber >= page.pageCount;
      if (last || page.entities.length === 0) return queues;
    }
  }

  /** The queue with this id; undefined when there is none that the client may see. */
  async queue(id: string, signal?: AbortSignal): Promise<NamedEntity | undefined> {
    const call = {
      method: 'GET',
      path: `/api/v2/routing/queues/${id}`,
      route: '/api/v2/routing/queues/{id}',
    } as const;
    return this.#found(call, signal);
  }

  /** The user with this id; undefined when there is none that the client may see. */
  async user(id: string, signal?: AbortSignal): Promise<NamedEntity | undefined> {
    const call = { method: 'GET', path: `/api/v2/users/${id}`, route: '/api/v2/users/{id}' } as const;
    return this.#found(call, signal);
  }

  /** The user with exactly this e-mail address. */
  async userByEmail(email: string, signal?: AbortSignal): Promise<NamedEntity | undefined> {
    const path = '/api/v2/users/search';
    const query = [{ type: 'EXACT', fields: ['email'], value: email }];
    const answer = await this.#json(
      { method: 'POST', path, route: path, body: { pageSize: 1, query } },
      userSearchSchema,
      signal,
    );
    return answer.results[0];
  }

  /**
   * The conversation with this id as it is now, or as it ended; undefined when there is none that the client may see.
   * @throws {UnexpectedAnswerError} that can't be retried, when it has a key that could poison a prototype
   */
  async conversation(id: string, signal?: AbortSignal): Promise<RestConversation | undefined> {
    const route = '/api/v2/conversations/{id}';
    const path = `/api/v2/conversations/${encodeURIComponent(id)}`;
    const answer = await notFoundAsUndefined(this.#send({ method: 'GET', path, route }, signal));
    if (answer === undefined) return undefined;
    const conversation = parseObject(answer.text);
    if (conversation.kind === 'object') return { text: answer.text, body: conversation.value };
    throw new UnexpectedAnswerError(`GET ${route} was answered with no conversation (${conversation.code})`, {
      canRetry: conversation.code !== 'ForbiddenKey',
    });
  }

  /**
   * The conversations that began on the UTC days of a time, the newest first, page by page as they are taken. The
   * query finds by the day of the beginning, and what has just begun only after a while. One may come twice.
   * @param from milliseconds since the Unix epoch
   * @param until milliseconds since the Unix epoch
   */
  async *conversationsBetween(
    from: number,
    until: number,
    signal?: AbortSignal,
  ): AsyncGenerator<FoundConversation, undefined> {
    const route = '/api/v2/analytics/conversations/details/query';
    const order = { order: 'desc', orderBy: 'conversationStart' };
    return yield* findConversations(from, until, (interval, paging) =>
      this.#json(
        { method: 'POST', path: route, route, body: { interval, ...order, paging } },
        foundConversationsSchema,
        signal,
      ),
    );
  }

  async #found(call: ApiCall, signal: AbortSignal | undefined): Promise<NamedEntity | undefined> {
    return notFoundAsUndefined(this.#json(call, namedSchema, signal));
  }

  async #json<T>(call: ApiCall, schema: z.ZodType<T>, signal: AbortSignal | undefined): Promise<T> {
    return parsed(call, await this.#send(call, signal), schema);
  }

  async #send(call: ApiCall, signal: AbortSignal | undefined): Promise<HttpAnswer> {
    const { path, body, ...rest } = call;
    let token: AccessToken | undefined;
    const request: HttpRequest = {
      ...rest,
      url: `${this.#hosts.apiUrl}${path}`,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      authorization: async () => {
        token = await this.#tokens.token(signal);
        return `Bearer ${token.value}`;
      },
    };
    try {
      return await this.#http.send(request, signal);
    } catch (error) {
      if (error instanceof HttpError && error.status === 401 && token) this.#tokens.invalidate(token);
      throw error;
    }
  }
}

/** @throws {UnexpectedAnswerError} that names what is wrong, and nothing of what the answer holds */
function parsed<T>({ method, route }: ApiCall, answer: HttpAnswer, schema: z.ZodType<T>): T {
  let json: unknown;
  try {
    json = JSON.parse(answer.text);
  } catch (cause) {
    throw new UnexpectedAnswerError(`${method} ${route} was answered with no JSON`, { cause });
  }
  const { success, data, error } = schema.safeParse(json);
  if (success) return data;
  const fields = error.issues.map((issue) => issue.path.join('.') || 'the body').join(', ');
  throw new UnexpectedAnswerError(
    `${method} ${route} was answered with an unknown shape (${fields}; correlation id ${answer.correlationId ?? 'none'})`,
  );
}

async function notFoundAsUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof HttpError && error.status === 404) return undefined;
    throw error;
  }
}
