import { z } from 'zod';
import type { Evidence } from '../../listener/diagnosis/evidence.ts';
import { connectUriProblem } from '../../listener/genesys/regions.ts';
import { combineTopics } from '../../listener/genesys/topics/combine.ts';
import { TopicCatalogue } from '../../listener/genesys/topics/permissions.ts';
import type { Examination } from '../examination.ts';
import type { Step } from '../step.ts';

/** Genesys Cloud evicts a channel when there would be more. */
export const MOST_CHANNELS = 20;
/** Subscriptions that a channel takes. */
const MOST_TOPICS = 1000;
const CHANNELS = '/api/v2/notifications/channels';

const listSchema = z.object({ entities: z.array(z.unknown()).default([]) });

/** Looks up what TOPICS stands for. */
export const topicsStep: Step = {
  id: 'topics',
  title: 'Topics',
  dialects: ['channels'],
  needs: ['token'],
  run: async (examination) => {
    const { resolver, api } = examination.need('clients');
    const outcome = await examination.call('topics', async () => ({
      resolved: await resolver.resolve(),
      catalogue: new TopicCatalogue(await api.availableTopics()),
    }));
    if (!outcome.ok) return { status: 'failed', summary: outcome.summary, evidence: [outcome.evidence] };
    const { resolved, catalogue } = outcome.value;
    const unknown = resolved.topics.filter((topic) => catalogue.find(topic) === undefined);
    const evidence: Evidence[] = [
      ...resolved.problems.map(({ spec, problem }) => problemEvidence(spec, problem)),
      ...unknown.map(
        (topic): Evidence => ({
          kind: 'topic-unknown',
          topic,
          reason: 'The list of available topics has none like it.',
        }),
      ),
    ];
    const topics = combineTopics(resolved.topics).slice(0, MOST_TOPICS);
    examination.find({ topics });
    const status = topics.length === 0 ? 'failed' : evidence.length > 0 ? 'warning' : 'ok';
    const problems = [
      ...resolved.problems.map(({ spec, problem }) => `${spec}: ${problem}`),
      ...unknown.map((topic) => `${topic} is unknown`),
    ];
    return {
      status,
      summary: `${topics.length} subscriptions${problems.length > 0 ? `; ${problems.slice(0, 3).join('; ')}` : ''}`,
      evidence,
      facts: { subscriptions: topics.length, problems },
    };
  },
};

function problemEvidence(spec: string, problem: string): Evidence {
  const [permission] = /\b[a-z]+:[A-Za-z]+:[a-z]+\b/i.exec(problem) ?? [];
  return permission !== undefined && /needs/.test(problem)
    ? { kind: 'permission-missing', what: `Looking up ${spec}`, permissions: [permission] }
    : { kind: 'topic-unknown', topic: spec, reason: problem };
}

/** Counts the client's channels, before one more is made. */
export const channelListStep: Step = {
  id: 'channel-list',
  title: 'Channels of this OAuth client',
  dialects: ['channels'],
  needs: ['token'],
  run: async (examination) => {
    const outcome = await examination.call('channel-list', async () => {
      const answer = await examination.need('clients').http.send({
        method: 'GET',
        url: `${examination.need('config').hosts.apiUrl}${CHANNELS}?includechannels=oauthclient`,
        route: CHANNELS,
        headers: { ...bearer(examination), accept: 'application/json' },
      });
      return listSchema.parse(JSON.parse(answer.text)).entities.length;
    });
    if (!outcome.ok) return { status: 'failed', summary: outcome.summary, evidence: [outcome.evidence] };
    const count = outcome.value;
    examination.find({ channelCount: count });
    const isFull = count >= MOST_CHANNELS;
    return {
      status: isFull ? 'failed' : 'ok',
      summary: `${count} of ${MOST_CHANNELS}${isFull ? ': one more would evict one of them, so none is made' : ''}`,
      evidence: [{ kind: 'channels', count, most: MOST_CHANNELS }],
      facts: { count, most: MOST_CHANNELS },
    };
  },
};

/** Makes a channel, and looks at where its socket is. */
export const channelStep: Step = {
  id: 'channel',
  title: 'A channel of our own',
  dialects: ['channels'],
  needs: ['channel-list'],
  run: async (examination) => {
    const outcome = await makeChannel(examination);
    if (!outcome.ok) return { status: 'failed', summary: outcome.summary, evidence: [outcome.evidence] };
    const { channel } = outcome.value;
    examination.find({ channel: outcome.value });
    const problem = connectUriProblem(channel.connectUri, examination.need('config').hosts);
    if (problem !== undefined)
      return {
        status: 'failed',
        summary: `its address was not used: ${problem}`,
        evidence: [
          { kind: 'foreign-connect-uri', problem: `The address of the socket was not used: ${problem}.` },
        ],
      };
    return { status: 'ok', summary: `its socket is at ${new URL(channel.connectUri).host}` };
  },
};

export function makeChannel(examination: Examination) {
  return examination.call('channel-create', async () => {
    const channel = await examination.need('clients').api.createChannel();
    // Whoever knows the id can connect to the channel.
    examination.options.redactor.add(channel.id);
    return { channel, madeAtMs: examination.clock.monotonic() };
  });
}

/** Asks whether the channel is still there. */
export function checkChannel(examination: Examination, channelId: string) {
  return examination.call('channel-check', () =>
    examination.need('clients').http.send({
      method: 'HEAD',
      url: `${examination.need('config').hosts.apiUrl}${CHANNELS}/${encodeURIComponent(channelId)}`,
      route: `${CHANNELS}/{id}`,
      headers: bearer(examination),
    }),
  );
}

function bearer(examination: Examination): { readonly authorization: string } {
  return { authorization: `Bearer ${examination.need('token').value}` };
}
