import type { Clock } from '../../listener/clock.ts';
import type { Config } from '../../listener/config.ts';
import type { Credentials } from '../../listener/genesys/credentials.ts';
import { connectUriProblem } from '../../listener/genesys/regions.ts';
import type { Redactor } from '../../listener/telemetry/redactor.ts';
import {
  CHANNEL_FACTS,
  LEFT_ALONE,
  Notebook,
  type NotTried,
  type Observation,
  ORG_SOCKET_FACTS,
} from './observation.ts';
import { checkOrgSocket } from './org-socket-checks.ts';
import { RawHttp } from './raw-http.ts';
import { checkChannels, checkLogin, checkOtherTokens, checkTopics } from './rest-checks.ts';
import { checkSocket, checkUnknownChannel } from './socket-checks.ts';
import { enter, settleIn, VerificationError } from './verified-org.ts';

/** What a real organisation was seen to do. Holds no secret, and nothing of a conversation. */
export interface Verification {
  /** ISO 8601. */
  readonly at: string;
  readonly apiUrl: string;
  readonly dialect: string;
  readonly observed: readonly Observation[];
  readonly notTried: readonly NotTried[];
}

/**
 * Tries each fact that the published sources leave open, as far as that is harmless: it logs in a few times, makes one
 * channel (none if that evicted another) or a few connections, and takes its subscriptions off again.
 * @throws {VerificationError} the organisation doesn't let us in
 */
export async function verifyOrg(options: {
  readonly config: Config;
  readonly credentials: Credentials;
  readonly clock: Clock;
  readonly redactor: Redactor;
}): Promise<Verification> {
  const { config, credentials, clock, redactor } = options;
  const notebook = new Notebook();
  for (const [name, why] of Object.entries(LEFT_ALONE)) notebook.leave(name, why);
  const http = new RawHttp(config, credentials, redactor);
  const entered = await enter(http);
  if (config.dialect.name === 'org-socket') {
    for (const name of CHANNEL_FACTS)
      notebook.leave(name, 'it is a matter of channels: DIALECT=channels tells');
    await checkOrgSocket({ settings: config.dialect, token: entered.token, clock }, notebook);
  } else {
    for (const name of ORG_SOCKET_FACTS)
      notebook.leave(name, 'it is a matter of the org socket: DIALECT=org-socket tells');
    const org = await settleIn(http, entered, { clock, redactor });
    const problem = connectUriProblem(org.channel.connectUri, config.hosts);
    if (problem !== undefined)
      throw new VerificationError(`the address of the socket was not used: ${problem}`);
    await checkLogin(org, notebook);
    await checkTopics(org, notebook);
    await checkOtherTokens(org, notebook);
    await checkUnknownChannel(org, notebook);
    await checkSocket(org, notebook);
    await checkChannels(org, notebook);
  }
  const { observed, notTried } = notebook;
  return {
    at: new Date(clock.now()).toISOString(),
    apiUrl: config.hosts.apiUrl,
    dialect: config.dialect.name,
    observed,
    notTried,
  };
}
