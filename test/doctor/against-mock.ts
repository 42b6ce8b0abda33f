import { onTestFinished } from 'vitest';
import { type DoctorReport, examine } from '../../doctor/doctor.ts';
import { Transcript } from '../../doctor/transcript.ts';
import type { Dialect } from '../../listener/contract/vocabulary.ts';
import { credentialsOf } from '../../listener/named-places.ts';
import { Redactor } from '../../listener/telemetry/redactor.ts';
import { ContactCentre } from '../../mock/contact-centre/contact-centre.ts';
import { playFaults } from '../../mock/faults/play.ts';
import type { ChannelView } from '../../mock/genesys/controls.ts';
import type { Moment } from '../../mock/genesys/moments.ts';
import {
  DEFAULT_CLIENT,
  type MockGenesys,
  type MockGenesysOptions,
  ORG_SOCKET_CLIENT,
  startMockGenesys,
} from '../../mock/genesys/server.ts';
import { PatientClock } from './patient-clock.ts';

export interface AgainstMockOptions {
  readonly dialect: Dialect;
  readonly moment?: Moment;
  readonly seconds?: number;
  readonly mock?: Partial<MockGenesysOptions>;
  readonly env?: Readonly<Record<string, string>>;
  readonly payload?: string;
  /** Called before the examination begins. */
  readonly prepare?: (mock: MockGenesys) => unknown;
}

export interface ExaminedMock {
  readonly report: DoctorReport;
  readonly transcript: Transcript;
  /** The channels that were there when it was over, before the faults were taken back. */
  readonly channels: readonly ChannelView[];
}

/** Shorter than the doctor looks, so that the cut is seen. Milliseconds. */
const IDLE_MS = 6_000;

/** Starts a mock organisation that is alive, plays faults on it, and examines it. Time moves by itself. */
export async function examineMock(
  faults: readonly string[],
  options: AgainstMockOptions,
): Promise<ExaminedMock> {
  const { dialect, moment, seconds = 10 } = options;
  const clock = new PatientClock();
  const contactCentre = new ContactCentre({ seed: 7, clock, queues: 3, agents: 4, rate: 2 });
  const client = dialect === 'org-socket' ? ORG_SOCKET_CLIENT : DEFAULT_CLIENT;
  const mock = await startMockGenesys({ clock, contactCentre, clients: [client], ...options.mock });
  onTestFinished(() => mock.close());
  const played = await playFaults(mock, faults, {
    dialect,
    times: { idleMs: IDLE_MS },
    ...(moment ? { moment } : {}),
  });
  const env = {
    DIALECT: dialect,
    GENESYSCLOUD_OAUTHCLIENT_ID: client.id,
    GENESYSCLOUD_OAUTHCLIENT_SECRET: client.secret,
    GENESYSCLOUD_LOGIN_URL: mock.loginUrl,
    GENESYSCLOUD_API_URL: mock.apiUrl,
    ...(dialect === 'channels'
      ? { TOPICS: 'queues:*' }
      : { GENESYSCLOUD_ORG_SOCKET_URL: mock.orgSocketUrl, ORG_SOCKET_ORIGIN: client.origins?.[0] ?? '' }),
    ...played.environment,
    ...options.env,
  };
  const redactor = new Redactor();
  const transcript = new Transcript(clock, redactor);
  const payload = options.payload ?? played.payload;
  await options.prepare?.(mock);
  contactCentre.start();
  const report = await clock.until(
    examine({
      env,
      clock,
      redactor,
      transcript,
      seconds,
      payload: payload === undefined ? undefined : Buffer.from(payload),
      credentialsOf,
    }),
    async () => {
      await (await fetch(`${mock.url}/settled`)).text();
    },
  );
  contactCentre.stop();
  const channels = mock.controls.channels();
  await played.stop();
  return { report, transcript, channels };
}
