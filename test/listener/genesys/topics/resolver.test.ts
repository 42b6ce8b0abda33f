import { describe, expect, it } from 'vitest';
import { combineTopics } from '../../../../listener/genesys/topics/combine.ts';
import { conversationTopics, TopicResolver } from '../../../../listener/genesys/topics/resolver.ts';
import { type Organisation, specs, startOrganisation } from '../organisation.ts';

const UNKNOWN = '6a1c2f0e-7f8b-4f4f-9a59-5b6f2f6f0a01';

const resolve = ({ api }: Organisation, ...texts: string[]) =>
  new TopicResolver(api, specs(...texts)).resolve();

const topicOf = (queue: { id: string } | undefined) => `v2.routing.queues.${queue?.id}.conversations`;

describe('queues', () => {
  it('are all listed, however many pages there are', async () => {
    const organisation = await startOrganisation({ centre: { queues: 250 } });
    const { topics, problems } = await resolve(organisation, 'queues:*');
    expect(topics).toEqual(organisation.centre.queues.map(topicOf));
    expect(topics).toHaveLength(250);
    expect(problems).toEqual([]);
  });

  it('that just fill their pages are listed, too', async () => {
    const organisation = await startOrganisation({ centre: { queues: 200 } });
    expect((await resolve(organisation, 'queues:*')).topics).toHaveLength(200);
  });

  it('are found by name, whatever the case, and by id', async () => {
    const organisation = await startOrganisation();
    const [support, billing] = organisation.centre.queues;
    const { topics } = await resolve(
      organisation,
      `queue:${support?.name.toUpperCase()}`,
      `queue:${billing?.id}`,
    );
    expect(topics).toEqual([topicOf(support), topicOf(billing)]);
  });

  it('are found by their whole name, not by a part that others have, too', async () => {
    const organisation = await startOrganisation();
    organisation.centre.addQueue('Support Plus');
    expect((await resolve(organisation, 'queue:Support')).topics).toHaveLength(1);
    expect((await resolve(organisation, 'queue:Supp')).problems).toHaveLength(1);
  });

  it('that are named alike have to be named by id', async () => {
    const organisation = await startOrganisation();
    organisation.centre.addQueue('Twin');
    organisation.centre.addQueue('twin');
    expect(await resolve(organisation, 'queue:Twin')).toEqual({
      topics: [],
      problems: [{ spec: 'queue:Twin', problem: '2 queues have this name: name it by id' }],
    });
  });

  it.each(['Nowhere', UNKNOWN])(
    'that are unknown (%s) are told with the permission that may be missing',
    async (name) => {
      const organisation = await startOrganisation();
      const { topics, problems } = await resolve(organisation, `queue:${name}`, 'queues:*');
      expect(topics).toHaveLength(3);
      expect(problems).toEqual([
        {
          spec: `queue:${name}`,
          problem: `there is no queue "${name}", or the client's role lacks routing:queue:view in its division`,
        },
      ]);
    },
  );

  it('that may not be listed are told with the missing permission', async () => {
    const organisation = await startOrganisation();
    organisation.mock.controls.failNext('GET', /routing\/queues/, {
      status: 403,
      body: { code: 'missing.permissions', message: 'Unable to perform the requested action' },
    });
    const { topics, problems } = await resolve(organisation, 'queues:*', `v2.users.${UNKNOWN}.presence`);
    expect(topics).toEqual([`v2.users.${UNKNOWN}.presence`]);
    expect(problems).toEqual([
      { spec: 'queues:*', problem: expect.stringMatching(/routing:queue:view.*Unable to perform/) },
    ]);
  });

  it('of which none is visible are a problem', async () => {
    const organisation = await startOrganisation();
    organisation.mock.controls.failNext('GET', /routing\/queues/, { status: 200, body: { entities: [] } });
    const { problems } = await resolve(organisation, 'queues:*');
    expect(problems).toEqual([{ spec: 'queues:*', problem: expect.stringContaining('routing:queue:view') }]);
  });
});

describe('users', () => {
  it('are found by e-mail, whatever the case, and by id', async () => {
    const organisation = await startOrganisation();
    const [first, second] = organisation.centre.agents;
    const { topics } = await resolve(
      organisation,
      `user:${first?.email.toUpperCase()}`,
      `user:${second?.id}`,
    );
    expect(topics).toEqual([`v2.users.${first?.id}.conversations`, `v2.users.${second?.id}.conversations`]);
  });

  it.each(['nobody@example.com', UNKNOWN])('that are unknown (%s) are told', async (user) => {
    const { problems } = await resolve(await startOrganisation(), `user:${user}`);
    expect(problems).toEqual([
      { spec: `user:${user}`, problem: expect.stringContaining('directory:user:view') },
    ]);
  });

  it('that may not be seen are told with the missing permission', async () => {
    const organisation = await startOrganisation();
    organisation.mock.controls.failNext('POST', /users\/search/, { status: 403 });
    const { problems } = await resolve(organisation, 'user:a@example.com');
    expect(problems).toEqual([
      { spec: 'user:a@example.com', problem: expect.stringContaining('directory:user:view') },
    ]);
  });
});

describe('a conversation', () => {
  it('is followed by its detail events, which need no looking up and take six subscriptions', async () => {
    const organisation = await startOrganisation();
    const { topics } = await resolve(organisation, `conversation:${UNKNOWN}`);
    expect(topics).toEqual(conversationTopics(UNKNOWN));
    expect(topics.every((topic) => topic.startsWith(`v2.detail.events.conversation.${UNKNOWN}.`))).toBe(true);
    expect(topics.join()).not.toContain('transcription');
    expect(combineTopics(topics)).toHaveLength(6);
    expect(organisation.lines).toEqual([]);
  });
});

describe('whatever is asked for', () => {
  it('comes in the order of the configuration, each topic once', async () => {
    const organisation = await startOrganisation();
    const [queue] = organisation.centre.queues;
    const presence = `v2.users.${UNKNOWN}.presence`;
    const { topics } = await resolve(organisation, presence, `queue:${queue?.id}`, 'queues:*', presence);
    expect(topics).toEqual([presence, ...organisation.centre.queues.map(topicOf)]);
  });

  it.each([
    { texts: ['queues:*'], may: true },
    { texts: ['queue:Support'], may: true },
    { texts: ['user:a@example.com'], may: true },
    { texts: [`conversation:${UNKNOWN}`, 'v2.a.b'], may: false },
  ])('$texts may change by itself: $may', async ({ texts, may }) => {
    const { api } = await startOrganisation();
    expect(new TopicResolver(api, specs(...texts)).mayChange).toBe(may);
  });

  it('is not resolved at all when the API fails or refuses the token', async () => {
    const organisation = await startOrganisation();
    organisation.mock.controls.failNext('GET', /routing\/queues/, { status: 401 });
    await expect(resolve(organisation, 'queues:*')).rejects.toMatchObject({ status: 401 });
    organisation.mock.controls.failNext('GET', /routing\/queues/, { status: 200, body: '<html>' });
    await expect(resolve(organisation, 'queues:*')).rejects.toMatchObject({ code: 'UnexpectedAnswer' });
  });
});
