import { describe, expect, it } from 'vitest';
import { normaliseDetailEvent } from '../../../listener/contract/detail-event.ts';

const topic = (detailEvent: string) => ({ conversationId: 'c1', detailEvent });

describe('normaliseDetailEvent', () => {
  it('gives what the body holds, in the words of the contract, and no state', () => {
    const body = {
      eventTime: 1_767_603_600_000,
      conversationId: 'c1',
      participantId: 'p1',
      sessionId: 's1',
      userId: 'u1',
      queueId: 'q1',
      mediaType: 'VOICE',
      direction: 'INBOUND',
      disconnectType: 'CONSULT_TRANSFER',
    };
    expect(normaliseDetailEvent(body, topic('user.end'))).toEqual({
      snapshot: {
        id: 'c1',
        mediaTypes: ['voice'],
        direction: 'inbound',
        queueIds: ['q1'],
        agentIds: ['u1'],
        participants: [
          {
            id: 'p1',
            mediaType: 'voice',
            direction: 'inbound',
            userId: 'u1',
            queueId: 'q1',
            disconnectType: 'consult_transfer',
          },
        ],
      },
      changes: ['agent.ended'],
    });
  });

  it.each([
    ['acd.start', ['queue.entered']],
    ['acd.end', ['queue.left']],
    ['flow.start', ['flow.entered']],
    ['flow.end', ['flow.left']],
    ['voicemail.start', ['flow.entered']],
    ['voicemail.end', ['flow.left']],
    ['customer.start', ['unknown']],
    ['customer.end', ['customer.ended']],
    ['user.start', ['unknown']],
    ['user.end', ['agent.ended']],
    ['acw', ['agent.wrapup']],
    ['attributes', []],
    ['contact', []],
    ['flow.outcome', []],
    ['something.new', ['unknown']],
  ])('says of %s that it changed %j', (detailEvent, changes) => {
    expect(normaliseDetailEvent({}, topic(detailEvent))?.changes).toEqual(changes);
  });

  it('takes after-call work with a duration for completed', () => {
    const event = normaliseDetailEvent({ participantId: 'p', wrapupDurationMs: 5 }, topic('acw'));
    expect(event?.changes).toEqual(['agent.wrapup.completed']);
    expect(event?.snapshot.participants).toEqual([{ id: 'p', wrapup: 'completed' }]);
  });

  it('leaves out what is UNKNOWN', () => {
    const event = normaliseDetailEvent({ mediaType: 'UNKNOWN', direction: 'UNKNOWN' }, topic('acd.start'));
    expect(event?.snapshot).toEqual({
      id: 'c1',
      mediaTypes: [],
      queueIds: [],
      agentIds: [],
      participants: [],
    });
  });

  it.each([null, 'text', 7, { participantId: 7 }])('does not know the shape of %j', (body) => {
    expect(normaliseDetailEvent(body, topic('acd.start'))).toBeUndefined();
  });
});
