import { distance } from 'fastest-levenshtein';

/**
 * The event types that the org socket is known to deliver. Genesys publishes no list; this one grows with
 * what is seen in use.
 */
const KNOWN_EVENT_TYPES = ['conversation:conversation:updated'] as const;

/** What is subscribed to when a payload names nothing that could be understood. */
export const DEFAULT_EVENT_TYPE = KNOWN_EVENT_TYPES[0];

/** A typing error in a word changes no more than this many letters of it. */
const MOST_LETTERS_OFF = 2;

export interface NearestEventType {
  readonly eventType: string;
  /** Whether it is so near that it is what was meant. */
  readonly isMeant: boolean;
}

export function isKnownEventType(written: string): boolean {
  return KNOWN_EVENT_TYPES.some((known) => known === written);
}

/**
 * The known event type that is nearest to what was written.
 * It is taken for what was meant when it is at most a third off, when each word written is (nearly) one of its
 * words, or when a topic of the Notifications API about conversations was written.
 */
export function nearestEventType(written: string): NearestEventType {
  const [nearest = DEFAULT_EVENT_TYPE] = [...KNOWN_EVENT_TYPES].sort(
    (a, b) => distance(a, written) - distance(b, written),
  );
  return { eventType: nearest, isMeant: isMeant(written, nearest) };
}

/** Why a path that isn't known can't be right, in half a sentence. */
export function whyNotAnEventType(written: string): string {
  if (isTopic(written)) return 'is a topic of the Notifications API, which this socket does not know';
  if (!/^[^:\s]+:[^:\s]+:[^:\s]+$/.test(written)) return 'is not of the form service:entity:event';
  return 'is not a known event type';
}

function isTopic(written: string): boolean {
  return /^v2\./i.test(written);
}

function isMeant(written: string, known: string): boolean {
  if (isTopic(written)) return /conversation/i.test(written) && known.startsWith('conversation:');
  if (distance(written.toLowerCase(), known) <= known.length / 3) return true;
  const words = wordsOf(written);
  const right = wordsOf(known);
  return (
    words.length > 0 && words.every((word) => right.some((each) => distance(word, each) <= MOST_LETTERS_OFF))
  );
}

function wordsOf(path: string): string[] {
  const spaced = path.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
  return spaced.split(/[^a-z]+/).filter((word) => word.length > MOST_LETTERS_OFF);
}
