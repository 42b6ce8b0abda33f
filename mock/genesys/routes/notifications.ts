import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { notFound } from '../api-error.ts';
import type { Channel } from '../channels.ts';
import { topicTemplates } from '../topics.ts';
import type { RouteSurroundings } from './surroundings.ts';

const ChannelPath = z.object({ id: z.string() });
const TopicList = z.array(z.object({ id: z.string() }));
const SubscriptionQuery = z.object({ ignoreErrors: z.enum(['true', 'false']).default('false') });
const ChannelQuery = z.object({ includechannels: z.enum(['token', 'oauthclient']).default('token') });
const many = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => [value].flat().flatMap((v) => v.split(',')));
const TopicQuery = z.object({ expand: many.default([]) });

/** `/api/v2/notifications/…` */
export function notificationRoutes(app: FastifyInstance, around: RouteSurroundings): void {
  const { channels, subscriptions, tokens, switches, faults } = around;

  const channelOf = (request: FastifyRequest): Channel => {
    const { id } = ChannelPath.parse(request.params);
    const token = tokens.authenticate(request.headers.authorization);
    const channel = channels.find(id);
    if (channel?.fate !== 'alive' || channel.token.client !== token.client) throw notFound('Channel');
    channels.use(channel);
    return channel;
  };

  const apply = (request: FastifyRequest, mode: 'add' | 'replace'): object => {
    const channel = channelOf(request);
    const { ignoreErrors } = SubscriptionQuery.parse(request.query);
    const requested = TopicList.parse(request.body).map(({ id }) => id);
    const entities = subscriptions.apply(channel, requested, { mode, ignoreErrors: ignoreErrors === 'true' });
    if (mode === 'replace' || switches.renewedBy === 'put-and-post') channels.renew(channel);
    return { entities };
  };

  app.post('/api/v2/notifications/channels', (request) => {
    const token = tokens.authenticate(request.headers.authorization);
    const template = faults.connectUri ?? `${around.socketBase()}/channels/{id}`;
    return channels.create(token, (id) => template.replace('{id}', id)).toJSON();
  });

  app.get('/api/v2/notifications/channels', (request) => {
    const token = tokens.authenticate(request.headers.authorization);
    const { includechannels } = ChannelQuery.parse(request.query);
    const entities = channels
      .alive()
      .filter(
        (channel) =>
          channel.token === token ||
          (includechannels === 'oauthclient' && channel.token.client === token.client),
      )
      .map((channel) => {
        const hidden = channel.token !== token && switches.channelsOfOtherTokens === 'hidden';
        return hidden ? { expires: new Date(channel.shownExpiresAt).toISOString() } : channel.toJSON();
      });
    return { entities };
  });

  app.head('/api/v2/notifications/channels/:id', (request, reply) => {
    channelOf(request);
    return reply.send();
  });

  app.get('/api/v2/notifications/channels/:id/subscriptions', (request) => ({
    entities: [...channelOf(request).subscriptions.keys()].map((id) => ({ id, state: 'Permitted' })),
  }));

  app.post('/api/v2/notifications/channels/:id/subscriptions', (request) => apply(request, 'add'));

  app.put('/api/v2/notifications/channels/:id/subscriptions', (request) => apply(request, 'replace'));

  app.delete('/api/v2/notifications/channels/:id/subscriptions', (request, reply) => {
    const channel = channelOf(request);
    channels.unsubscribe(channel, [...channel.subscriptions.keys()]);
    return reply.status(switches.deleteSubscriptionsStatus).send();
  });

  app.get('/api/v2/notifications/availabletopics', (request) => {
    const { expand } = TopicQuery.parse(request.query);
    const shows = (field: string) => expand.includes(field);
    const entities = topicTemplates(switches).map((template) => ({
      id: template.id,
      description: shows('description') ? template.description : undefined,
      requiresPermissions: shows('requiresPermissions') ? template.permissions : undefined,
      requiresDivisionPermissions: shows('requiresPermissions') ? template.byDivision : undefined,
      permissionDetails: shows('permissionDetails')
        ? [
            {
              type: template.byDivision ? 'requiresDivisionPermissions' : 'requiresPermissions',
              permissions: template.permissions,
              allowsCurrentUser: template.subject === 'user',
              enforced: true,
            },
          ]
        : undefined,
      transports: shows('transports') ? template.transports : undefined,
      enforced: shows('enforced') ? true : undefined,
      visibility: shows('visibility') ? 'Public' : undefined,
      topicParameters: shows('topicParameters') ? ['id'] : undefined,
    }));
    return { entities };
  });
}
