import type { Dialect } from '../listener/contract/vocabulary.ts';
import type { Announcement, EvidenceOf, Stage } from '../listener/diagnosis/evidence.ts';
import { decodeChannelFrame } from '../listener/genesys/channels/messages.ts';
import { decodeOrgSocketFrame, nameOfFrame, readAnswer } from '../listener/genesys/org-socket/messages.ts';
import type { ServerMessage } from '../listener/genesys/session/dialect.ts';
import type { Ending, EndReason } from '../listener/genesys/session/end-reason.ts';

/** What a frame says to a diagnosis. */
export interface FrameMeaning {
  /** A word for it, fit for people. */
  readonly what: string;
  /** Whether it shows that the subscription, not only the socket, is alive. */
  readonly isLife: boolean;
  readonly announcement?: EvidenceOf<'announcement'>;
  /** How far the connection is with it. */
  readonly stage?: Stage;
  /** Given by `auth-success`. */
  readonly scopes?: readonly string[];
}

const ANNOUNCED: Partial<Record<EndReason, Announcement>> = {
  'server-closing': 'socket-closing',
  'token-revoked': 'token-revoked',
  'channel-taken': 'channel-taken',
  'channel-gone': 'channel-gone',
};

/** Reads a frame with the listener's own decoders. */
export function readFrame(dialect: Dialect, data: string | Buffer): FrameMeaning {
  const frame = { data, receivedAt: 0, receivedAtMs: 0 };
  if (dialect === 'channels') return meaningOf(decodeChannelFrame(frame), undefined);
  const name = nameOfFrame(frame);
  const answer = readAnswer(frame);
  switch (answer?.kind) {
    case 'authenticated':
      return {
        what: name,
        isLife: false,
        stage: 'authenticated',
        ...(answer.scopes ? { scopes: answer.scopes } : {}),
      };
    case 'subscribed':
      return { what: name, isLife: false, stage: 'subscribed' };
    case 'failed':
      return { what: name, isLife: false, announcement: announce('error', answer.detail) };
    case undefined:
      return meaningOf(decodeOrgSocketFrame(frame), name);
  }
}

function meaningOf(message: ServerMessage, name: string | undefined): FrameMeaning {
  switch (message.kind) {
    case 'notification':
      return { what: 'event', isLife: true };
    case 'heartbeat':
    case 'pong':
      return { what: message.kind, isLife: true };
    case 'ending':
      return {
        what: name ?? message.ending.reason,
        isLife: false,
        announcement: announcementOf(message.ending),
      };
    case 'refused':
      return {
        what: name ?? 'a frame that is no message',
        isLife: false,
        announcement: announce('error', message.detail),
      };
    case 'acknowledged':
    case 'ignored':
    case 'resubscribe':
      return { what: name ?? message.kind, isLife: false };
  }
}

function announcementOf({ reason, detail }: Ending): EvidenceOf<'announcement'> {
  return announce(ANNOUNCED[reason] ?? 'error', detail);
}

function announce(what: Announcement, text: string): EvidenceOf<'announcement'> {
  return { kind: 'announcement', what, text };
}
