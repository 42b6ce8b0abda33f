import type { Clock } from '../../listener/clock.ts';
import type { OrgSocketSettings } from '../../listener/genesys/org-socket/settings.ts';
import type { Notebook } from './observation.ts';
import { type Frame, RawSocket } from './raw-socket.ts';

/** Cuts that come later than this are another matter. Milliseconds. */
const CUT_WITHIN_MS = 2_000;
const typeOf = (frame: Frame | undefined) => String(frame?.['type'] ?? '');
const ANY = (frame: Frame) => frame['type'] !== 'event';

export interface OrgSocketVisit {
  readonly settings: OrgSocketSettings;
  readonly token: string;
  readonly clock: Clock;
}

/** How the org socket speaks, and what it does about a faulty message, on connections of our own. */
export async function checkOrgSocket(visit: OrgSocketVisit, notebook: Notebook): Promise<void> {
  await checkUserAgent(visit, notebook);
  const good = await login(visit);
  const scopes = good?.auth['scopes'] ?? good?.auth['scope'];
  const form = Array.isArray(scopes) ? 'array' : typeof scopes === 'string' ? 'text' : undefined;
  notebook.note('authSuccessScopes', form, 'auth-success');
  const confirmation = good && (await ask(good.socket, subscription(visit, { entities: [] })));
  notebook.note('confirmation', typeOf(confirmation) || undefined, 'a subscribe message');
  good?.socket.terminate();
  await checkEntities(visit, notebook);
  await checkStrictness(visit, notebook);
}

async function checkUserAgent({ settings, clock }: OrgSocketVisit, notebook: Notebook): Promise<void> {
  const opened = await RawSocket.open(settings.url, clock, { Origin: settings.origin });
  if (typeof opened !== 'number') opened.terminate();
  const value = typeof opened !== 'number' ? 'optional' : opened > 0 ? 'required' : undefined;
  notebook.note('userAgentHeader', value, 'an upgrade without a User-Agent');
}

async function checkEntities(visit: OrgSocketVisit, notebook: Notebook): Promise<void> {
  const session = await login(visit);
  if (!session) return notebook.leave('filterEntities', 'the login on the socket failed');
  const { socket } = session;
  const answer = await ask(socket, subscription(visit, {}));
  await socket.until(() => false, CUT_WITHIN_MS);
  const isTaken = answer !== undefined && typeOf(answer) !== 'error' && socket.closeCode === undefined;
  notebook.note(
    'filterEntities',
    isTaken ? 'optional' : 'required',
    'a subscribe message whose filter has no entities',
  );
  socket.terminate();
}

/** Sends a subscribe message without a filter, which nobody can take. */
async function checkStrictness(visit: OrgSocketVisit, notebook: Notebook): Promise<void> {
  const session = await login(visit);
  const how = 'a subscribe message without a filter';
  if (!session) {
    for (const fact of ['jwtValidationMode', 'strictCut', 'strictCutMs'])
      notebook.leave(fact, 'the login on the socket failed');
    return;
  }
  const { socket } = session;
  const answer = await ask(socket, { id: 'verify-org', type: 'subscribe' });
  const answeredMs = visit.clock.monotonic();
  await socket.until(() => false, CUT_WITHIN_MS);
  const isCut = socket.closeCode !== undefined;
  const isTold = typeOf(answer) === 'error';
  notebook.note('jwtValidationMode', isCut ? 'strict' : isTold ? 'lenient' : undefined, how);
  if (isCut) {
    const isConfirmed = answer !== undefined && !isTold;
    notebook.note('strictCut', isConfirmed ? 'after-confirmation' : 'at-once', how);
    if (isConfirmed) notebook.note('strictCutMs', Math.round(visit.clock.monotonic() - answeredMs), how);
    else notebook.leave('strictCutMs', 'there was no confirmation to count from');
  } else {
    notebook.leave('strictCut', 'nothing was cut');
    notebook.leave('strictCutMs', 'nothing was cut');
  }
  socket.terminate();
}

async function login({
  settings,
  token,
  clock,
}: OrgSocketVisit): Promise<{ readonly socket: RawSocket; readonly auth: Frame } | undefined> {
  const headers = { Origin: settings.origin, 'User-Agent': settings.userAgent };
  const socket = await RawSocket.open(settings.url, clock, headers);
  if (typeof socket === 'number') return undefined;
  const auth = await ask(socket, { type: 'auth', data: { token } });
  if (auth !== undefined && typeOf(auth) !== 'error') return { socket, auth };
  socket.terminate();
  return undefined;
}

function ask(socket: RawSocket, message: unknown): Promise<Frame | undefined> {
  socket.send(message);
  return socket.next(ANY);
}

function subscription(
  { settings }: OrgSocketVisit,
  filter: { readonly entities?: readonly string[] },
): unknown {
  return { id: 'verify-org', type: 'subscribe', filter: { eventTypes: settings.eventTypes, ...filter } };
}
