import type { EventPattern } from 'aws-cdk-lib/aws-events';
import { DETAIL_TYPES, SOURCE } from '../listener/contract/vocabulary.ts';
import type { ConversationMatch } from './api-environment.ts';

/** An EventBridge pattern for conversation updates: of each list given, the event must have at least one value. */
export function conversationPattern(match: ConversationMatch): EventPattern {
  const wanted = {
    mediaTypes: match.mediaTypes,
    state: match.states,
    changes: match.changes,
    queueIds: match.queueIds,
  };
  const conversation: Record<string, readonly string[]> = {};
  for (const [field, values] of Object.entries(wanted))
    if (values !== undefined) conversation[field] = values;
  return {
    source: [SOURCE],
    detailType: [DETAIL_TYPES.conversationUpdated],
    ...(Object.keys(conversation).length === 0 ? {} : { detail: { conversation } }),
  };
}
