import { describe, expect, it } from 'vitest';
import { closeReport, ENDINGS_METRIC } from '../../../listener/diagnosis/close-report.ts';
import { ConnectionRecorder } from '../../../listener/diagnosis/connection-recorder.ts';
import type { EndingSeen } from '../../../listener/diagnosis/evidence-of-ending.ts';
import { HttpError } from '../../../listener/genesys/http.ts';
import { type Ending, type EndReason, RECOVERIES } from '../../../listener/genesys/session/end-reason.ts';
import { ManualClock } from '../../manual-clock.ts';
import { until } from '../../until.ts';
import { createSession, type SessionHarness } from '../genesys/session/harness.ts';

const reports = ({ lines }: Pick<SessionHarness, 'lines'>) =>
  lines.filter(({ msg }) => msg.startsWith('close report'));

const causesOf = (line: Record<string, unknown> | undefined) => {
  const causes: unknown = line?.['causes'];
  return Array.isArray(causes) ? causes.map(({ id }) => String(id)) : [];
};

describe('an abnormal end of a live connection is reported', () => {
  it('as one line with what was last said each way, ages, sizes and the probable cause', async () => {
    const harness = await createSession();
    await harness.goLive();
    await harness.elapse(60_000);
    harness.mock.controls.drop();
    await until(() => reports(harness).length > 0);
    const [report, ...others] = reports(harness);
    expect(others).toEqual([]);
    expect(report).toMatchObject({
      level: 'warn',
      reason: 'socket-closed',
      closeCode: 1006,
      state: 'live',
      dialect: 'channels',
      runtime: 'other',
      lastReceived: { what: 'heartbeat' },
      socketAgeSeconds: 60,
      tokenAgeSeconds: 60,
      channelLeftSeconds: 86_340,
      subscriptions: 3,
      longestPauseMs: 0,
      events: 0,
    });
    // Two heartbeats of 78 bytes.
    expect(report).toMatchObject({ frames: 2, bytesIn: 156, bytesOut: 0 });
    expect(causesOf(report)).toEqual(['connection-reset']);
  });

  it('as a metric by its first cause, on the same line', async () => {
    const harness = await createSession();
    await harness.goLive();
    harness.mock.controls.endTokens('revoked');
    await until(() => reports(harness).length > 0);
    expect(reports(harness)[0]).toMatchObject({
      cause: 'token-revoked',
      [ENDINGS_METRIC]: 1,
      _aws: {
        Timestamp: harness.clock.now(),
        CloudWatchMetrics: [
          { Namespace: 'ConversationBridge', Dimensions: [['cause']], Metrics: [{ Name: ENDINGS_METRIC }] },
        ],
      },
    });
  });

  const strikes: Readonly<
    Record<string, readonly [(harness: SessionHarness) => unknown, readonly string[]]>
  > = {
    silence: [
      ({ mock }) => mock.controls.stall({ heartbeats: true, data: true, reading: true }),
      ['heartbeat-missing'],
    ],
    'an eviction': [
      ({ mock }) => mock.controls.channels().map(({ id }) => mock.controls.evict(id)),
      ['channel-evicted', 'channel-expired'],
    ],
    'a close with a code': [({ mock }) => mock.controls.close(1001), ['second-connection']],
    'a frame over the limit': [
      ({ mock }) => mock.controls.send('x'.repeat(17 * 1024 * 1024)),
      ['frame-too-large'],
    ],
  };
  it.each(Object.entries(strikes))('by %s', async (_, [strike, causes]) => {
    const harness = await createSession();
    await harness.goLive();
    strike(harness);
    await harness.elapseUntil(() => reports(harness).length > 0, 5_000);
    expect(causesOf(reports(harness)[0])).toEqual(causes);
  });

  it('on the org socket, with the Origin among the causes when it is cut after the confirmation', async () => {
    const harness = await createSession({ orgSocket: {} });
    harness.mock.controls.registerOrigins(['https://elsewhere.example.com']);
    harness.session.start();
    await harness.elapseUntil(() => reports(harness).length > 0, 10);
    expect(reports(harness)[0]).toMatchObject({ closeCode: 1006, lastSent: { what: 'subscribe' } });
    expect(causesOf(reports(harness)[0])).toEqual(['origin-not-registered', 'connection-reset']);
  });
});

describe('what is part of a normal life is not reported', () => {
  it.each<[string, (harness: SessionHarness) => unknown]>([
    ['maintenance', ({ mock }) => mock.controls.announceClosing()],
    ['a stop', ({ session }) => session.stop()],
  ])('%s', async (_, strike) => {
    const harness = await createSession();
    await harness.goLive();
    strike(harness);
    await harness.elapseUntil(
      () => harness.endings().length + harness.metrics.total('HandoversCompleted') > 0,
      100,
    );
    expect(reports(harness)).toEqual([]);
  });
});

describe('whatever ended', () => {
  const causes: Partial<Record<EndReason, unknown>> = {
    'login-refused': new HttpError('no', { code: 'invalid_client', canRetry: false, status: 400 }),
    unauthorized: new HttpError('no', { code: 'bad.credentials', canRetry: false, status: 401 }),
    forbidden: new HttpError('no', { code: 'missing.permissions', canRetry: false, status: 403 }),
    'call-failed': new HttpError('no', { code: 'ECONNRESET', canRetry: true }),
    'connect-failed': Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }),
  };
  const details: Partial<Record<EndReason, string>> = {
    'auth-refused': 'token.expired: The token expired',
    'subscription-refused': 'subscription.no.filter: The subscription has no filter',
    'server-error': 'token.revoked: The token was revoked',
  };
  const seen = (reason: EndReason): EndingSeen => {
    const clock = new ManualClock();
    const recorder = new ConnectionRecorder(clock);
    recorder.begin();
    recorder.tokenTaken({ value: 'token', obtainedAtMs: clock.monotonic(), lifetimeMs: 300_000 });
    const ending: Ending = {
      reason,
      detail: details[reason] ?? reason,
      closeCode: 1006,
      httpStatus: 502,
      cause: causes[reason],
    };
    return { dialect: 'org-socket', ending, state: 'live', facts: recorder.facts() };
  };

  it.each(
    Object.entries(RECOVERIES).filter(([reason, { planned }]) => !planned && reason !== 'internal-error'),
  )('%s has a cause', (reason) => {
    const known = Object.keys(RECOVERIES).find((each): each is EndReason => each === reason);
    if (known === undefined) throw new RangeError(reason);
    expect(closeReport(seen(known), 'other').causes.length).toBeGreaterThan(0);
  });

  it('a defect of the bridge has none, and is counted all the same', () => {
    expect(closeReport(seen('internal-error'), 'other').causes).toEqual([]);
  });

  it('is a freeze in Lambda when the connection had worked', () => {
    const { ending, facts, ...rest } = seen('socket-closed');
    const worked = { ...facts, lastReceived: { what: 'notification', agoMs: 5 }, events: 1 };
    const report = closeReport({ ...rest, ending, facts: worked }, 'lambda');
    expect(report.causes.map(({ id }) => id)).toEqual(['process-frozen']);
  });
});
