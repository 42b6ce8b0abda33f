import { describe, expect, it } from 'vitest';
import { STEPS } from '../../doctor/doctor.ts';
import { STEP_IDS } from '../../doctor/step.ts';
import { type ExaminedMock, examineMock } from './against-mock.ts';

const statusOf = ({ report }: ExaminedMock, id: string) =>
  report.steps.find((step) => step.id === id)?.status;

describe('the steps', () => {
  it('are taken in their order, each after what it needs', () => {
    expect(STEPS.map(({ id }) => id)).toEqual(STEP_IDS);
    for (const [index, { needs }] of STEPS.entries())
      for (const need of needs) expect(STEP_IDS.indexOf(need)).toBeLessThan(index);
  });

  it('tell what was seen, with times', async () => {
    const { report } = await examineMock([], { dialect: 'org-socket', seconds: 1 });
    expect(report.steps.map(({ id }) => id)).toEqual(
      STEPS.filter(({ dialects }) => dialects.includes('org-socket')).map(({ id }) => id),
    );
    expect(report.steps.find(({ id }) => id === 'life')?.ms).toBe(1_000);
    expect(report.steps.find(({ id }) => id === 'scopes')?.facts['scopes']).toContain(
      'notification:websocket:read',
    );
  });

  it('are skipped where an earlier one makes them senseless, and it is said', async () => {
    const examined = await examineMock(['secret-wrong'], { dialect: 'channels' });
    expect(statusOf(examined, 'clock')).toBe('ok');
    expect(statusOf(examined, 'login')).toBe('failed');
    expect(statusOf(examined, 'upgrade')).toBe('skipped');
    expect(examined.report.notReached).toContain('upgrade');
    expect(examined.report.runAgain).toBe(true);
  });

  it('go no further than a configuration that can not be used', async () => {
    const { report } = await examineMock([], { dialect: 'channels', env: { TOPICS: 'nonsense' } });
    expect(report.dialect).toBeUndefined();
    expect(report.causes.map(({ id }) => id)).toEqual(['config-invalid']);
    expect(report.causes[0]?.because).toMatch(/^TOPICS: "nonsense" is no topic/);
  });
});

describe('the doctor disturbs nothing', () => {
  it('makes no channel when that would evict one', async () => {
    const { report, channels } = await examineMock(['too-many-channels'], { dialect: 'channels' });
    expect(report.notReached).toContain('channel');
    expect(channels).toHaveLength(20);
  });

  it('leaves in form', async () => {
    const { channels, transcript } = await examineMock([], { dialect: 'channels', seconds: 1 });
    expect(channels).toMatchObject([{ connected: false, subscriptions: [] }]);
    expect(transcript.entries.at(-1)).toMatchObject({ direction: 'none', what: 'ended 1000' });
  });

  it('leaves no subscription and no connection behind, not even of an experiment', async () => {
    const { report, channels } = await examineMock(['connection-cut'], { dialect: 'channels' });
    expect(report.experiments.map(({ id }) => id)).toEqual(['fresh-channel']);
    expect(channels).toHaveLength(2);
    for (const { subscriptions, connected } of channels) {
      expect(subscriptions).toEqual([]);
      expect(connected).toBe(false);
    }
  });

  it('makes no channel for an experiment when that would evict one', async () => {
    const { report } = await examineMock(['connection-cut'], {
      dialect: 'channels',
      prepare: (mock) => mock.controls.occupyChannels('mock-client-id', 19),
    });
    expect(report.steps.find(({ id }) => id === 'channel')?.status).toBe('ok');
    expect(report.experiments).toEqual([]);
  });
});

describe('what is sent on the org socket', () => {
  const GOOD =
    '{"id":"mine","type":"subscribe","filter":{"eventTypes":["conversation:conversation:updated"],"entities":[]}}';
  const THREAD = '{"id": "sub-1", "event_type": "conversation:conversation:updated", "id": "conv-12345"}';

  it('is the given payload, as it is', async () => {
    const { report, transcript } = await examineMock([], {
      dialect: 'org-socket',
      payload: GOOD,
      seconds: 1,
    });
    expect(report.healthy).toBe(true);
    expect(transcript.entries.find(({ what }) => what === 'subscribe')?.text).toBe(GOOD);
  });

  it('is read first, and the three faults in one line are found without the server’s help', async () => {
    const { report } = await examineMock([], {
      dialect: 'org-socket',
      payload: THREAD,
      mock: { switches: { strictCut: 'at-once' } },
    });
    expect(report.causes.map(({ id }) => id).toSorted((a, b) => a.localeCompare(b))).toEqual([
      'subscribe-duplicate-key',
      'subscribe-no-filter',
      'subscribe-no-type',
    ]);
    expect(report.experiments).toEqual([
      {
        id: 'minimal-subscription',
        title: expect.any(String),
        better: true,
        outcome: 'the connection lived',
      },
    ]);
  });
});

describe('a server that says what is wrong', () => {
  it.each([
    ['scope-missing', 'scope-missing'],
    ['origin-not-registered', 'origin-not-registered'],
    ['token-short-lived', 'token-too-short'],
    ['token-nbf-ahead', 'clock-skew'],
    ['permission-missing', 'permission-missing'],
    ['subscribe-no-id', 'subscribe-no-id'],
    ['token-expired', 'token-expired'],
  ])('of %s is believed: %s, for certain', async (fault, cause) => {
    const { report } = await examineMock([fault], {
      dialect: 'org-socket',
      mock: { switches: { jwtValidationMode: 'lenient' } },
    });
    expect(report.causes.map(({ id, confidence }) => `${id} ${confidence}`)).toEqual([`${cause} certain`]);
  });
});
