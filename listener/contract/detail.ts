import { isoTime } from './event.ts';
import { ADDED_MEMBERS, type NotificationFrame } from './frame.ts';
import { type Member, scanMembers } from './json-members.ts';

/** What is added to a frame to make the detail of its event; `conversation` and `bridge` are JSON. */
export interface Additions {
  /** ISO 8601. */
  readonly timestamp: string;
  readonly conversation: string | undefined;
  /** A JSON object with at least one member. */
  readonly bridge: string;
}

/**
 * The detail of an event, as text: the frame as received, with the additions before its last brace.
 *
 * A frame that brings a key twice, or one of the added names itself, is put together anew from its raw
 * members: of two alike the last stays, as `JSON.parse` has it. Its own `timestamp`, if it is one, stays
 * in the place of ours, because Genesys Cloud's own integration puts one there. Everything else by an added
 * name goes to `bridge.displaced`, so that nothing is lost and nothing from outside passes as the bridge's.
 */
export function buildDetail(frame: NotificationFrame, additions: Additions): string {
  return frame.rewrite === undefined
    ? splice(frame.text, additions)
    : rebuild(frame.text, frame.rewrite, additions);
}

/** The frame without its body, which is kept elsewhere. */
export function withoutBody(frame: NotificationFrame): NotificationFrame {
  const members = (frame.rewrite ?? scanMembers(frame.text)).filter(({ key }) => key !== 'eventBody');
  return { ...frame, eventBody: undefined, bodyText: '', rewrite: members };
}

function splice(text: string, additions: Additions): string {
  const received = text.slice(0, text.lastIndexOf('}'));
  return `${received},"timestamp":${JSON.stringify(additions.timestamp)}${conversationMember(additions)},"bridge":${additions.bridge}}`;
}

function conversationMember({ conversation }: Additions): string {
  return conversation === undefined ? '' : `,"conversation":${conversation}`;
}

function rebuild(text: string, members: readonly Member[], additions: Additions): string {
  const last = new Map(members.map((member) => [member.key, text.slice(member.valueStart, member.valueEnd)]));
  const kept = [...last].filter(([key]) => !ADDED_MEMBERS.has(key));
  const own = last.get('timestamp');
  const keepsTimestamp = own !== undefined && isoTime.safeParse(JSON.parse(own)).success;
  const displaced = [...last].filter(
    ([key]) => ADDED_MEMBERS.has(key) && !(key === 'timestamp' && keepsTimestamp),
  );
  const timestamp = keepsTimestamp ? own : JSON.stringify(additions.timestamp);
  const bridge =
    displaced.length === 0
      ? additions.bridge
      : `${additions.bridge.slice(0, -1)},"displaced":${objectOf(displaced)}}`;
  return `${objectOf(kept).slice(0, -1)},"timestamp":${timestamp}${conversationMember(additions)},"bridge":${bridge}}`;
}

function objectOf(members: readonly (readonly [string, string])[]): string {
  return `{${members.map(([key, value]) => `${JSON.stringify(key)}:${value}`).join(',')}}`;
}
