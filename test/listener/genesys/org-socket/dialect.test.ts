import { describe, expect, it, onTestFinished } from 'vitest';
import { orgSocketDialect } from '../../../../listener/genesys/org-socket/dialect.ts';
import type { OrgSocketSettings } from '../../../../listener/genesys/org-socket/settings.ts';
import type { ServerMessage } from '../../../../listener/genesys/session/dialect.ts';
import type { Ending } from '../../../../listener/genesys/session/end-reason.ts';
import { ORG_SOCKET_CLIENT } from '../../../../mock/genesys/server.ts';
import { until } from '../../../until.ts';
import { orgSocketSettings, startOrganisation } from '../organisation.ts';

async function createDialect(settings: Partial<OrgSocketSettings> = {}) {
  const organisation = await startOrganisation({ mock: { clients: [ORG_SOCKET_CLIENT] } });
  const { mock, clock, tokens } = organisation;
  const dialect = orgSocketDialect({ settings: { ...orgSocketSettings(mock), ...settings }, clock });
  const { signal } = new AbortController();
  const received: ServerMessage['kind'][] = [];
  const endings: Ending[] = [];
  const connect = async () => {
    const connection = await dialect.connect(
      { token: await tokens.token(), keep: false, signal },
      {
        frame: (frame) => received.push(dialect.decode(frame).kind),
        alive: () => undefined,
        ended: (ending) => endings.push(ending),
      },
    );
    onTestFinished(() => connection.terminate());
    return connection;
  };
  return { ...organisation, connect, signal, received, endings };
}

describe('a connection to the org socket', () => {
  it('is one once the token is accepted, and hands on every frame', async () => {
    const { connect, signal, received, endings } = await createDialect();
    const connection = await connect();
    expect(received).toEqual(['acknowledged']);
    expect(await connection.subscribe(['conversations:*'], signal)).toEqual({ subscribed: 1, rejected: [] });
    expect(received).toEqual(['acknowledged', 'acknowledged']);
    expect(connection.expiresAtMs).toBeUndefined();
    await connection.close({ release: true });
    expect(endings).toEqual([]);
  });

  it('cut before that was none: the attempt fails, and nothing else is told', async () => {
    const { connect, mock, endings } = await createDialect();
    mock.controls.onMoment(({ moment, socket }) => {
      if (moment === 'auth') socket?.drop();
    });
    await expect(connect()).rejects.toMatchObject({ ending: { reason: 'socket-closed', closeCode: 1006 } });
    expect(endings).toEqual([]);
  });

  it('cut while it owes a confirmation fails who asked for it', async () => {
    const { connect, mock, signal, endings } = await createDialect();
    mock.controls.onMoment(({ moment, socket }) => {
      if (moment === 'subscribe') socket?.drop();
    });
    const connection = await connect();
    await expect(connection.subscribe(['conversations:*'], signal)).rejects.toMatchObject({
      ending: { closeCode: 1006, detail: expect.stringContaining('last sent: subscribe') },
    });
    expect(endings).toEqual([]);
  });

  it('cut later tells its listener', async () => {
    const { connect, mock, signal, endings } = await createDialect();
    await (await connect()).subscribe(['conversations:*'], signal);
    mock.controls.drop();
    await until(() => endings.length === 1);
    expect(endings[0]).toMatchObject({ reason: 'socket-closed', closeCode: 1006 });
  });

  it.each([401, 403])('whose upgrade is answered %i asks for another token', async (status) => {
    const { connect, mock } = await createDialect();
    mock.controls.refuseNextUpgrades(status);
    await expect(connect()).rejects.toMatchObject({ ending: { reason: 'upgrade-unauthorized' } });
  });
});
