import { onTestFinished } from 'vitest';
import { environmentOf } from '../../bin/laptop/serve-mock.ts';
import { startMockOrganisation } from '../../bin/laptop/stand-ins.ts';
import type { MockDialect, Moment } from '../../mock/genesys/moments.ts';
import type { MockGenesys } from '../../mock/genesys/server.ts';

const SEED = 1;
const RATE = 5;

/** Where a client is to find the organisation: addresses of peers, `http` or `https`. */
export interface Way {
  /** Login and API. */
  readonly api: string;
  readonly socket: string;
}

/** A healthy organisation, and the environment for a client that reaches it on a way of its own. */
export interface Organisation {
  readonly genesys: MockGenesys;
  /** As peers take it: host and port. */
  readonly target: string;
  environmentBy(way: Way): Readonly<Record<string, string>>;
}

/** Starts a mock organisation that is alive, for as long as the test runs. */
export async function startOrganisation(dialect: MockDialect): Promise<Organisation> {
  const organisation = await startMockOrganisation({ seed: SEED, rate: RATE, dialect, remembering: 0 });
  const { centre, genesys } = organisation;
  centre.start();
  onTestFinished(async () => {
    centre.stop();
    await genesys.close();
  });
  return {
    genesys,
    target: new URL(genesys.url).host,
    environmentBy: ({ api, socket }) => {
      const socketUrl = socket.replace(/^http/, 'ws');
      genesys.controls.handOutConnectUri(`${socketUrl}/channels/{id}`);
      return {
        ...environmentOf(organisation, dialect),
        GENESYSCLOUD_LOGIN_URL: api,
        GENESYSCLOUD_API_URL: api,
        ...(dialect === 'org-socket' && {
          GENESYSCLOUD_ORG_SOCKET_URL: `${socketUrl}${new URL(genesys.orgSocketUrl).pathname}`,
        }),
      };
    },
  };
}

/** Acts when the first connection comes to a moment. @returns a promise that is kept when the act is done */
export function onceAt(genesys: MockGenesys, moment: Moment, act: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = genesys.controls.onMoment((passage) => {
      if (passage.moment !== moment) return;
      stop();
      act().then(resolve, reject);
    });
  });
}
