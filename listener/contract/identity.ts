import { hash } from 'node:crypto';
import type { Snapshot } from './snapshot.ts';

/** 128 of the 256 bits: far more than enough to tell events apart, and half the size in every event. */
const ID_LENGTH = 32;

/** The hash of a body as received, 32 hex characters. The same body by another topic gives the same. */
export function bodyDigest(bodyText: string): string {
  return hash('sha256', bodyText, 'hex').slice(0, ID_LENGTH);
}

/**
 * The identity of an event. A retry, a replay and a successor give the same one;
 * mute, unmute, mute gives three, because the version differs.
 * @param key the conversation's id, or the topic
 * @param version how many notifications of that key were accepted, this one included
 */
export function eventId(key: string, version: number, digest: string): string {
  return hash('sha256', `${key}\n${version}\n${digest}`, 'hex').slice(0, ID_LENGTH);
}

/**
 * The hash of the state alone, every leg included: two snapshots that say the same have the same revision,
 * whatever the order of participants and keys. Not held and not said to be held are the same, since
 * notifications and REST differ in what they leave out.
 */
export function revision(snapshot: Snapshot): string {
  const lines: string[] = [...(snapshot.aside ?? [])];
  for (const each of snapshot.participants) {
    lines.push(
      `${each.id}\t${each.purpose}\t${each.state}\t${each.mediaType}\t${each.direction}\t${each.userId}\t` +
        `${each.queueId}\t${each.held ?? false}\t${each.muted ?? false}\t${each.disconnectType}\t${each.wrapup}`,
    );
  }
  lines.sort((a, b) => (a < b ? -1 : 1));
  const { id, state, mediaTypes, direction } = snapshot;
  return bodyDigest(`${id}\t${state}\t${mediaTypes.join(',')}\t${direction}\n${lines.join('\n')}`);
}

/**
 * The place of an event in its shard's order; compared as strings.
 * @param epochMs when the term of this publisher began, milliseconds since the Unix epoch
 * @param counter counts up within the term
 */
export function formatSequence(epochMs: number, counter: number): string {
  return `${String(epochMs).padStart(13, '0')}-${String(counter).padStart(12, '0')}`;
}
