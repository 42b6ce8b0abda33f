import { type AssembledEvent, EventAssembler } from './assemble.ts';
import { assembleConnectionChanged, type ConnectionChange } from './connection-event.ts';
import { type BridgeEvent, eventSchemas } from './event.ts';
import { parseFrame } from './frame.ts';
import { assembleGapEvent, type GapClosed } from './gap-event.ts';
import { formatSequence } from './identity.ts';
import { sampleBackfill, sampleFrames } from './sample-frames.ts';
import { DETAIL_TYPES, SOURCE } from './vocabulary.ts';

/** An event as it would arrive at a rule's target. */
export interface SampleEvent {
  readonly name: string;
  readonly event: BridgeEvent;
}

const START = Date.parse('2026-01-05T09:00:00.000Z');

const CONNECTION_CHANGES: readonly ConnectionChange[] = [
  { state: 'live', previousState: 'subscribing' },
  { state: 'backing-off', previousState: 'live', reason: 'heartbeat-missed' },
];

const GAP = {
  id: '33333333-aaaa-4bbb-8ccc-000000000001',
  from: START + 10_000,
  reason: 'heartbeat-missed',
};

const GAP_CLOSED: GapClosed = {
  kind: 'closed',
  gap: {
    ...GAP,
    until: START + 14_500,
    closedAt: START + 75_000,
    conversations: {
      checked: 14,
      backfilled: 4,
      unchanged: 7,
      live: 2,
      unavailable: 1,
      foreign: 0,
      discovered: 2,
    },
  },
};

/**
 * Sample events of every detail-type and body shape, made by the code that makes the real ones; the same each time.
 * For other teams' tests and for trying out rules.
 */
export function sampleEvents(): SampleEvent[] {
  const assembler = new EventAssembler();
  const contextOf = (index: number) => ({
    receivedAt: new Date(START + index * 1_000),
    shard: '0',
    dialect: 'channels' as const,
    sequence: formatSequence(START, index),
  });
  const frames = sampleFrames();
  const samples = frames.map(({ name, text }, index) => {
    const frame = parseFrame(text);
    if (frame.kind !== 'notification') throw new Error(`The sample frame "${name}" is no notification`);
    const event = assembler.assemble(frame, { ...contextOf(index), topics: [frame.topicName] });
    return { name, event: envelope(event, index) };
  });
  const connections = CONNECTION_CHANGES.map((change, index) => {
    const place = frames.length + index;
    const event = envelope(assembleConnectionChanged(change, contextOf(place)), place);
    return { name: `connection ${change.state.replace('-', ' ')}`, event };
  });
  const place = frames.length + connections.length;
  const { name, topicName, ...conversation } = sampleBackfill();
  const backfilled = assembler.acceptBackfilled(conversation, topicName, contextOf(place + 1));
  if (backfilled === undefined) throw new Error(`The sample "${name}" says nothing new`);
  const detail = assembler.render(backfilled, [topicName]);
  const gap = [
    [
      'gap detected',
      assembleGapEvent({ kind: 'detected', gap: { ...GAP, openConversations: 12 } }, contextOf(place)),
    ],
    [name, { ...backfilled, detail }],
    ['gap closed', assembleGapEvent(GAP_CLOSED, contextOf(place + 2))],
  ] as const;
  return [
    ...samples,
    ...connections,
    ...gap.map(([gapName, event], index) => ({ name: gapName, event: envelope(event, place + index) })),
  ];
}

/** The envelope that EventBridge puts around a detail. */
function envelope(assembled: AssembledEvent, index: number): BridgeEvent {
  const event = {
    version: '0',
    id: `44444444-aaaa-4bbb-8ccc-${String(index).padStart(12, '0')}`,
    'detail-type': assembled.detailType,
    source: SOURCE,
    account: '123456789012',
    time: new Date(START + index * 1_000).toISOString().replace('.000Z', 'Z'),
    region: 'ap-northeast-1',
    resources: [],
    detail: JSON.parse(assembled.detail),
  };
  const detailType = Object.values(DETAIL_TYPES).find((known) => known === assembled.detailType);
  if (detailType === undefined)
    throw new Error(`"${assembled.detailType}" is no detail-type of the contract`);
  return eventSchemas[detailType].parse(event);
}
