import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { Agent, Queue } from '../../contact-centre/directory.ts';
import { CONVERSATION_PERMISSION } from '../access.ts';
import { notFound } from '../api-error.ts';
import type { RouteSurroundings } from './surroundings.ts';

const IdPath = z.object({ id: z.string() });
const page = {
  pageSize: z.coerce.number().int().min(1).max(100).default(25),
  pageNumber: z.coerce.number().int().min(1).default(1),
};
const PageQuery = z.object({ ...page, name: z.string().optional() });
const UserSearch = z.object({
  ...page,
  query: z
    .array(
      z.object({
        type: z.enum(['EXACT', 'CONTAINS', 'STARTS_WITH']),
        fields: z.array(z.enum(['id', 'name', 'email'])).min(1),
        value: z.string().optional(),
        values: z.array(z.string()).optional(),
      }),
    )
    .min(1),
});

/** Queues, users and conversations: what the notifications are about. */
export function directoryRoutes(
  app: FastifyInstance,
  { contactCentre, tokens, access }: RouteSurroundings,
): void {
  app.get('/api/v2/routing/queues', (request) => {
    const query = PageQuery.parse(request.query);
    const matches = namePattern(query.name);
    return listing(
      '/api/v2/routing/queues',
      contactCentre.queues.filter(({ name }) => matches.test(name)).map(queueBody),
      query,
    );
  });

  app.get('/api/v2/routing/queues/:id', (request) => {
    const queue = contactCentre.queue(IdPath.parse(request.params).id);
    if (!queue) throw notFound('Queue');
    return queueBody(queue);
  });

  app.get('/api/v2/users', (request) => {
    const query = PageQuery.parse(request.query);
    return listing('/api/v2/users', contactCentre.agents.map(userBody), query);
  });

  app.get('/api/v2/users/:id', (request) => {
    const agent = contactCentre.agent(IdPath.parse(request.params).id);
    if (!agent) throw notFound('User');
    return userBody(agent);
  });

  app.post('/api/v2/users/search', (request) => {
    const { query, pageSize, pageNumber } = UserSearch.parse(request.body);
    const found = contactCentre.agents.filter((agent) =>
      query.every(({ type, fields, value, values = [] }) => {
        const wanted = [...values, ...(value === undefined ? [] : [value])].map((text) => text.toLowerCase());
        return fields.some((field) => wanted.some((text) => compare(type, agent[field].toLowerCase(), text)));
      }),
    );
    return {
      total: found.length,
      pageCount: Math.ceil(found.length / pageSize),
      pageSize,
      pageNumber,
      types: ['users'],
      results: slice(found, { pageSize, pageNumber }).map(userBody),
    };
  });

  app.get('/api/v2/conversations/:id', (request) => {
    const { client } = tokens.authenticate(request.headers.authorization);
    access.demand(client, CONVERSATION_PERMISSION);
    const conversation = contactCentre.truth(IdPath.parse(request.params).id);
    if (!conversation) throw notFound('Conversation');
    return conversation;
  });
}

function compare(type: 'EXACT' | 'CONTAINS' | 'STARTS_WITH', text: string, wanted: string): boolean {
  if (type === 'EXACT') return text === wanted;
  return type === 'CONTAINS' ? text.includes(wanted) : text.startsWith(wanted);
}

/** Case does not count; `*` stands for anything. */
function namePattern(name = '*'): RegExp {
  const escaped = name.split('*').map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${escaped.join('.*')}$`, 'i');
}

interface Page {
  readonly pageSize: number;
  readonly pageNumber: number;
}

function slice<T>(all: readonly T[], { pageSize, pageNumber }: Page): readonly T[] {
  return all.slice((pageNumber - 1) * pageSize, pageNumber * pageSize);
}

function listing(path: string, all: readonly object[], query: Page): object {
  const { pageSize, pageNumber } = query;
  const pageCount = Math.ceil(all.length / pageSize);
  const uri = (number: number) => `${path}?pageSize=${pageSize}&pageNumber=${number}`;
  return {
    entities: slice(all, query),
    pageSize,
    pageNumber,
    total: all.length,
    firstUri: uri(1),
    lastUri: uri(Math.max(1, pageCount)),
    selfUri: uri(pageNumber),
    nextUri: pageNumber < pageCount ? uri(pageNumber + 1) : undefined,
    previousUri: pageNumber > 1 ? uri(pageNumber - 1) : undefined,
    pageCount,
  };
}

function queueBody({ id, name, divisionId, divisionName }: Queue): object {
  return {
    id,
    name,
    division: {
      id: divisionId,
      name: divisionName,
      selfUri: `/api/v2/authorization/divisions/${divisionId}`,
    },
    memberCount: 0,
    selfUri: `/api/v2/routing/queues/${id}`,
  };
}

function userBody({ id, name, email }: Agent): object {
  return { id, name, email, username: email, state: 'active', version: 1, selfUri: `/api/v2/users/${id}` };
}
