import { describe, expect, it } from 'vitest';
import { TopicCatalogue } from '../../../../listener/genesys/topics/permissions.ts';
import { startOrganisation } from '../organisation.ts';

describe('the catalogue of topics', () => {
  it('finds the entry of a topic by its name, whatever id stands in it', async () => {
    const { api } = await startOrganisation();
    const catalogue = new TopicCatalogue(await api.availableTopics());
    expect(catalogue.find('v2.routing.queues.6a1c2f0e.conversations')).toMatchObject({
      id: 'v2.routing.queues.{id}.conversations',
      requiresPermissions: ['conversation:communication:view'],
      transports: ['Websocket'],
    });
    expect(catalogue.find('v2.users.x?presence&activity')?.id).toBe('v2.users.{id}.presence');
    expect(catalogue.find('v2.routing.queues.x.conversations.calls')?.id).toBe(
      'v2.routing.queues.{id}.conversations.calls',
    );
  });

  it.each([
    'v2.nothing',
    'v2.users.a.b.presence',
    'v2Xusers.a.presence',
    'v2.users..presence',
    'v2.users.a?',
  ])('has no entry for %s', async (name) => {
    const catalogue = new TopicCatalogue([{ id: 'v2.users.{id}.presence' }]);
    expect(catalogue.find(name)).toBeUndefined();
  });
});
