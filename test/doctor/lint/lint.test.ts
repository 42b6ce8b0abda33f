import { describe, expect, it } from 'vitest';
import type { FindingCode } from '../../../doctor/lint/finding.ts';
import { LARGEST_PAYLOAD, lintSubscription } from '../../../doctor/lint/lint.ts';
import { bytesOf, GOOD, THREAD } from './payloads.ts';

const UPDATED = 'conversation:conversation:updated';
const FOLLOWED = GOOD.replace('[]', '["5e8d2a4c-7d0b-4c0e-9a3f-1b2c3d4e5f60"]');

function lint(text: string) {
  return lintSubscription(bytesOf(text));
}

function codes(text: string): FindingCode[] {
  return lint(text).findings.map(({ code }) => code);
}

function corrected(text: string): unknown {
  return JSON.parse(lint(text).corrected ?? 'null');
}

describe('lintSubscription', () => {
  it.each([
    ['as the protocol has it', GOOD],
    ['with conversations to follow', FOLLOWED],
    ['laid out over lines', JSON.stringify(JSON.parse(GOOD), null, '\t')],
    [
      'in another order',
      `{"filter":{"entities":[],"eventTypes":["${UPDATED}"]},"type":"subscribe","id":"ö😀"}`,
    ],
    ['with escapes', GOOD.replace('"id"', '"i\\u0064"')],
  ])('finds nothing in a good payload %s', (_, text) => {
    expect(lint(text)).toEqual({ findings: [], omitted: 0, assumptions: [] });
  });

  it('finds the three faults of the payload that closes with 1006, and mends it', () => {
    const report = lint(THREAD);
    expect(report.findings).toEqual([
      expect.objectContaining({ code: 'subscribe-no-type', line: 1, column: 1, offset: 0 }),
      expect.objectContaining({
        code: 'subscribe-no-filter',
        line: 1,
        column: 1,
        related: { line: 1, column: 17, offset: 16 },
      }),
      expect.objectContaining({
        code: 'subscribe-duplicate-key',
        line: 1,
        column: 68,
        offset: 67,
        related: { line: 1, column: 2, offset: 1 },
      }),
    ]);
    expect(report.corrected).toBe(
      `{"id":"sub-1","type":"subscribe","filter":{"eventTypes":["${UPDATED}"],"entities":["conv-12345"]}}`,
    );
    expect(report.assumptions).toEqual([expect.stringMatching(/"sub-1".*name.*"conv-12345".*follow/)]);
  });

  const table: readonly [string, string, readonly FindingCode[]][] = [
    ['no bytes', '', ['subscribe-empty']],
    ['white space alone', ' \r\n\t', ['subscribe-empty']],
    ['a comment alone', '// to do', ['subscribe-empty']],
    ['plain text', `subscribe ${UPDATED}`, ['subscribe-raw-string']],
    ['an object sent as it is', '[object Object]', ['subscribe-raw-string']],
    ['JSON in a JSON string', JSON.stringify(GOOD), ['subscribe-raw-string']],
    ['JSON in a string in a string', JSON.stringify(JSON.stringify(GOOD)), ['subscribe-raw-string']],
    ['escaped quotes', GOOD.replaceAll('"', '\\"'), ['subscribe-raw-string']],
    ['a string that is no JSON', '"subscribe"', ['subscribe-raw-string']],
    ['a number', '42', ['subscribe-not-an-object']],
    ['null', 'null', ['subscribe-not-an-object']],
    ['a list round the message', `[${GOOD}]`, ['subscribe-not-an-object']],
    ['two messages', `${GOOD}\n${GOOD}`, ['subscribe-several-values']],
    ['something after the message', `${GOOD};`, ['subscribe-malformed']],
    ['a byte-order mark', `\ufeff${GOOD}`, ['subscribe-byte-order-mark']],
    ['a trailing comma', GOOD.replace('[]', '[],'), ['subscribe-trailing-comma']],
    [
      'a trailing comma before a comment',
      GOOD.replace(/}$/, ', /* end */ }'),
      ['subscribe-trailing-comma', 'subscribe-comment'],
    ],
    ['a comment', `${GOOD} // follow all`, ['subscribe-comment']],
    ['single quotes', GOOD.replaceAll('"', "'"), ['subscribe-wrong-quotes']],
    ['typographic quotes', GOOD.replace(/"id"/, '“id”'), ['subscribe-wrong-quotes']],
    ['single quotes left by a shell', `'${GOOD}'`, ['subscribe-wrong-quotes', 'subscribe-raw-string']],
    ['no quotes, as a shell leaves it', GOOD.replaceAll('"', ''), ['subscribe-unquoted']],
    ['a comma left out', GOOD.replace('",', '" '), ['subscribe-malformed']],
    ['an end cut off', GOOD.slice(0, -1), ['subscribe-malformed']],
    ['a control character in a string', GOOD.replace('ws-', 'ws\u0001'), ['subscribe-malformed']],
    ['too much nesting', `${'['.repeat(50_000)}`, ['subscribe-malformed']],
    ['a key twice', GOOD.replace('{', '{"type":"subscribe",'), ['subscribe-duplicate-key']],
    [
      'a key three times',
      GOOD.replace('{', '{"id":"a","id":"b",'),
      ['subscribe-duplicate-key', 'subscribe-duplicate-key'],
    ],
    ['a key twice, once by escapes', GOOD.replace('{', '{"i\\u0064":"a",'), ['subscribe-duplicate-key']],
    [
      'a key twice in the filter',
      GOOD.replace('"entities"', '"entities":[],"entities"'),
      ['subscribe-duplicate-key'],
    ],
    ['no type', GOOD.replace('"type":"subscribe",', ''), ['subscribe-no-type']],
    ['another type', GOOD.replace('subscribe', 'Subscribe'), ['subscribe-wrong-type']],
    ['no id', GOOD.replace('"id":"ws-sub-001",', ''), ['subscribe-no-id']],
    ['an empty id', GOOD.replace('ws-sub-001', ''), ['subscribe-wrong-id']],
    ['a number for an id', GOOD.replace('"ws-sub-001"', '7'), ['subscribe-wrong-id']],
    ['no filter', '{"id":"a","type":"subscribe"}', ['subscribe-no-filter']],
    [
      'a list for a filter',
      `{"id":"a","type":"subscribe","filter":["${UPDATED}"]}`,
      ['subscribe-wrong-filter'],
    ],
    [
      'an empty filter',
      '{"id":"a","type":"subscribe","filter":{}}',
      ['subscribe-no-event-types', 'subscribe-no-entities'],
    ],
    ['no event type', GOOD.replace(`"${UPDATED}"`, ''), ['subscribe-no-event-types']],
    ['no list of event types', GOOD.replace(/\["(.*?)"\]/, '"$1"'), ['subscribe-wrong-event-types']],
    ['a number among the event types', GOOD.replace('["', '[1,"'), ['subscribe-wrong-event-types']],
    ['a wrong path', GOOD.replace(UPDATED, 'conversation.updated'), ['subscribe-bad-event-type']],
    ['no entities', GOOD.replace(',"entities":[]', ''), ['subscribe-no-entities']],
    ['null for entities', GOOD.replace('[]', 'null'), ['subscribe-wrong-entities']],
    ['an empty entity', GOOD.replace('[]', '[""]'), ['subscribe-wrong-entities']],
    [
      'event types at the top',
      `{"id":"a","type":"subscribe","eventTypes":["${UPDATED}"],"filter":{"entities":[]}}`,
      ['subscribe-no-event-types'],
    ],
    ['event types twice', GOOD.replace('{', '{"event_types":[],'), ['subscribe-misplaced-member']],
    ['a member too many', GOOD.replace('{', '{"channel":"x",'), ['subscribe-unknown-member']],
    ['__proto__', GOOD.replace('{', '{"__proto__":{"id":"x"},'), ['subscribe-unknown-member']],
    ['another case', GOOD.replace('"filter"', '"Filter"'), ['subscribe-no-filter']],
    ['a typing error', GOOD.replace('entities', 'entites'), ['subscribe-no-entities']],
    [
      'all at once',
      `{'id': 7, "id": "a", // two\n "topics": ["conversation.updated",], "filter": null}`,
      [
        'subscribe-no-type',
        'subscribe-wrong-quotes',
        'subscribe-duplicate-key',
        'subscribe-comment',
        'subscribe-bad-event-type',
        'subscribe-trailing-comma',
        'subscribe-wrong-filter',
      ],
    ],
  ];

  it.each(table)('finds %s, and nothing else', (_, text, expected) => {
    expect(codes(text)).toEqual(expected);
  });

  it('says of a broken text only what is certain', () => {
    // The quote that is missing makes keys of values: whether there is a type can't be told.
    expect(new Set(codes('{"id:"a","type":"subscribe"}'))).toEqual(new Set(['subscribe-malformed']));
  });

  it('tells bytes that are not UTF-8', () => {
    const latin1 = Buffer.from(GOOD.replace('ws-', 'wö-'), 'latin1');
    expect(lintSubscription(latin1).findings).toEqual([
      expect.objectContaining({ code: 'subscribe-not-utf8', offset: 8, column: 9 }),
    ]);
    const utf16 = Buffer.from(`\ufeff${GOOD}`, 'utf16le');
    for (const bytes of [utf16, Buffer.from(utf16).swap16()])
      expect(lintSubscription(bytes).findings.map(({ code }) => code)).toEqual(['subscribe-not-utf8']);
  });

  it('reads no payload that is larger than any subscription', () => {
    const report = lintSubscription(new Uint8Array(LARGEST_PAYLOAD + 1).fill(0x7b));
    expect(report.findings.map(({ code }) => code)).toEqual(['subscribe-too-large']);
  });

  it('lists a hundred findings and counts the others', () => {
    const report = lint(`{${'"a":1,'.repeat(1000)}"b":2}`);
    expect(report.findings).toHaveLength(100);
    // 999 repetitions, two unknown keys counted each time they stand there, and three missing members.
    expect(report.findings.length + report.omitted).toBe(999 + 1001 + 3);
  });

  it('gives each finding the cause that a diagnosis knows it by', () => {
    const [finding] = lint(`${GOOD} // comment`).findings;
    expect(finding).toMatchObject({
      code: 'subscribe-comment',
      cause: 'subscribe-malformed',
      severity: 'error',
    });
  });
});

describe('the corrected payload', () => {
  const followed = (...entities: string[]) => ({
    id: 'a',
    type: 'subscribe',
    filter: { eventTypes: [UPDATED], entities },
  });

  it.each([
    [
      'members that stand elsewhere',
      `{"data":{"id":"a","event_type":"${UPDATED}","conversationId":"c1"}}`,
      followed('c1'),
    ],
    [
      'a filter under another name',
      `{"id":"a","filters":{"eventTypes":["${UPDATED}"],"entities":["c1"]}}`,
      followed('c1'),
    ],
    [
      'texts without their list',
      `{"id":"a","filter":{"eventTypes":"${UPDATED}","entities":"c1"}}`,
      followed('c1'),
    ],
    [
      'a text that was left without quotes',
      `{id:a,type:subscribe,filter:{eventTypes:[${UPDATED}],entities:[c1]}}`,
      followed('c1'),
    ],
    ['undefined, as another language writes null', '{"id":"a","filter":{"entities":undefined}}', followed()],
    ['a topic of the other API', '{"id":"a","topics":["v2.routing.queues.x.conversations"]}', followed()],
    ['an end that is missing', '{"id":"a","filter":{"entities":["c1"', followed('c1')],
    ['a message in a string', JSON.stringify('{"id":"a","filter":{"entities":["c1"]}}'), followed('c1')],
    ['of two conversations the last', '{"id":"conv-1","id":"conv-2"}', { ...followed(), id: 'conv-2' }],
    ['of equal keys the last, as a parser does', '{"id":"b","id":"a","filter":{"entities":[]}}', followed()],
    [
      'entities that are given rather than a second id',
      '{"id":"a","id":"conv-1","filter":{"entities":["c1"]}}',
      followed('c1'),
    ],
  ])('keeps what was understood: %s', (_, text, expected) => {
    expect(corrected(text)).toEqual(expected);
  });

  it('names each thing that the payload does not settle', () => {
    const { assumptions } = lint('{"filter":{"eventTypes":["user:presence:updated"]}}');
    expect(assumptions).toEqual([
      expect.stringContaining('No id'),
      expect.stringContaining('"user:presence:updated" was left out'),
      expect.stringContaining('No event type'),
      expect.stringContaining('all conversations'),
    ]);
  });

  it('assumes nothing where only the form was wrong', () => {
    expect(lint(GOOD.replaceAll('"', "'"))).toMatchObject({ corrected: GOOD, assumptions: [] });
  });
});
