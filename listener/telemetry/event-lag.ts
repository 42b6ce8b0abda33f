/** How many conversations are remembered; the least recently heard of is forgotten first. */
const MOST_CONVERSATIONS = 10_000;

/** Where the bodies of conversation topics say when something happened, in ISO 8601 with milliseconds, UTC. */
const TIMES = [
  'connectedTime',
  'disconnectedTime',
  'startHoldTime',
  'endTime',
  'startAcwTime',
  'endAcwTime',
] as const;
const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/**
 * Tells how late a notification is, by the clock of Genesys Cloud. A snapshot has no time of its own, but a
 * step that brought a new time (connected, ended, held …) happened then.
 */
export class EventLag {
  readonly #newest = new Map<string, string>();

  /**
   * Milliseconds from when it happened to its receipt, 0 or more.
   * @param key of the conversation
   * @param receivedAt milliseconds since the Unix epoch
   * @returns undefined when the body brings no new time, or is the first of its conversation
   */
  measure(key: string, body: unknown, receivedAt: number): number | undefined {
    const newest = newestTime(body);
    if (newest === undefined) return undefined;
    const before = this.#newest.get(key);
    if (before !== undefined && before >= newest) return undefined;
    this.#newest.delete(key);
    this.#newest.set(key, newest);
    for (const oldest of this.#newest.keys()) {
      if (this.#newest.size <= MOST_CONVERSATIONS) break;
      this.#newest.delete(oldest);
    }
    return before === undefined ? undefined : Math.max(0, receivedAt - Date.parse(newest));
  }
}

/** The newest time anywhere in the participants and their legs. Times of one form can be compared as text. */
function newestTime(body: unknown): string | undefined {
  let newest: string | undefined;
  for (const participant of listIn(body, 'participants')) {
    newest = later(newest, participant);
    for (const value of Object.values(participant)) {
      if (Array.isArray(value)) for (const leg of value) newest = later(newest, leg);
    }
  }
  return newest;
}

function later(newest: string | undefined, holder: unknown): string | undefined {
  if (typeof holder !== 'object' || holder === null) return newest;
  let latest = newest;
  for (const name of TIMES) {
    const time: unknown = Reflect.get(holder, name);
    if (typeof time !== 'string' || (latest !== undefined && time <= latest) || !ISO_TIME.test(time))
      continue;
    latest = time;
  }
  return latest;
}

function listIn(body: unknown, name: string): object[] {
  if (typeof body !== 'object' || body === null) return [];
  const list: unknown = Reflect.get(body, name);
  return Array.isArray(list) ? list.filter((item) => typeof item === 'object' && item !== null) : [];
}
