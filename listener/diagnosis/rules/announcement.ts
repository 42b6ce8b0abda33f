import type { CauseId } from '../causes.ts';
import type { EvidenceOf } from '../evidence.ts';
import type { Judgement, Question } from '../judgement.ts';

/**
 * What servers write when they say what is wrong, by words that are hard to mistake. First match wins, so
 * the particular stands before the general.
 */
const WORDS: readonly (readonly [pattern: RegExp, cause: CauseId, question: Question])[] = [
  [/origin/, 'origin-not-registered', 'end'],
  [/revoked/, 'token-revoked', 'token'],
  [/too.short|seconds left|minutes left/, 'token-too-short', 'token'],
  [/not.yet.valid|\bnbf\b|\biat\b/, 'clock-skew', 'clock'],
  [/expired/, 'token-expired', 'token'],
  [/permission/, 'permission-missing', 'rights'],
  [/scope/, 'scope-missing', 'rights'],
  [/duplicate.key|key .* twice/, 'subscribe-duplicate-key', 'subscription'],
  [/no.filter|filter is (missing|required)/, 'subscribe-no-filter', 'subscription'],
  [/event.?type/, 'subscribe-bad-event-type', 'subscription'],
  [/raw.string|json string/, 'subscribe-raw-string', 'subscription'],
  [/subscription.empty|message is empty/, 'subscribe-empty', 'subscription'],
  [/no.type/, 'subscribe-no-type', 'subscription'],
  [/no.id\b/, 'subscribe-no-id', 'subscription'],
  [/malformed|not valid json/, 'subscribe-malformed', 'subscription'],
  [/rate.?limit|too many requests/, 'rate-limited', 'limits'],
  [/token/, 'token-invalid', 'token'],
];

/** What the server said itself. Its end of a channel is judged with the age of the channel. */
export function judgeAnnouncement({ what, text }: EvidenceOf<'announcement'>): readonly Judgement[] {
  const because = `The server said so: ${text}.`;
  const certain = { confidence: 'certain', because, endsConnections: true } as const;
  switch (what) {
    case 'socket-closing':
      return [{ cause: 'maintenance', question: 'end', ...certain }];
    case 'token-revoked':
      return [{ cause: 'token-revoked', question: 'token', ...certain }];
    case 'channel-taken':
      return [{ cause: 'second-connection', question: 'end', ...certain }];
    case 'channel-gone':
      return [];
    case 'error': {
      const [, cause, question] = WORDS.find(([pattern]) => pattern.test(text.toLowerCase())) ?? [];
      return cause === undefined || question === undefined ? [] : [{ cause, question, ...certain }];
    }
  }
}
