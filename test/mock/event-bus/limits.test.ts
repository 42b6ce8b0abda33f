import { describe, expect, it } from 'vitest';
import { anEntry, busUnderTest, entries } from './bus-under-test.ts';

/** A detail of exactly so many bytes in UTF-8, made of characters of four bytes as far as possible. */
function detailOf(bytes: number): string {
  const room = bytes - '{"t":""}'.length;
  const detail = `{"t":"${'😀'.repeat(Math.floor(room / 4))}${'.'.repeat(room % 4)}"}`;
  expect(Buffer.byteLength(detail)).toBe(bytes);
  return detail;
}

const nested = (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;

describe('the number of entries', () => {
  it('may be 10', async () => {
    const { bus, put } = await busUnderTest();
    expect((await put(entries(10))).Entries).toHaveLength(10);
    expect(bus.events).toHaveLength(10);
  });

  it("may not be 11: the whole call is refused, in AWS's words", async () => {
    const { bus, put } = await busUnderTest();
    const entry =
      'PutEventsRequestEntry(time=null, source=test, resources=null, detailType=Tested, detail={"n":1}, ' +
      'eventBusName=null, traceHeader=null, kmsKeyIdentifier=null, internalMetadata=null)';
    const shown = Array.from({ length: 11 }, () => entry).join(', ');
    await expect(put(Array.from({ length: 11 }, () => anEntry()))).rejects.toMatchObject({
      name: 'ValidationException',
      $metadata: { httpStatusCode: 400 },
      message:
        `1 validation error detected: Value '[${shown}]' at 'entries' failed to satisfy constraint: ` +
        'Member must have length less than or equal to 10',
    });
    expect(bus.events).toEqual([]);
  });

  it('may not be 0', async () => {
    const { put } = await busUnderTest();
    await expect(put([])).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining("Value '[]' at 'entries'"),
    });
  });

  it('may not be left out', async () => {
    const { put } = await busUnderTest();
    await expect(put(undefined)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining("Value null at 'entries'"),
    });
  });
});

describe('the size of a request', () => {
  const others = 'test'.length + 'Tested'.length;

  it.each([
    ['one entry', [1_000_000 - others], {}],
    ['an entry with a time, which counts 14', [1_000_000 - others - 14], { Time: new Date(0) }],
    ['an entry with resources', [1_000_000 - others - 8], { Resources: ['😀', 'abcd'] }],
    ['three entries together', [400_000 - others, 400_000 - others, 200_000 - others], {}],
    ['an entry whose bus and trace header do not count', [1_000_000 - others], { TraceHeader: 'Root=1' }],
  ])('may be 1,000,000 bytes and not one more: %s', async (_what, sizes, changes) => {
    const { bus, put } = await busUnderTest();
    const batch = (extra: number) =>
      sizes.map((size, i) => anEntry({ ...changes, Detail: detailOf(size + (i === 0 ? extra : 0)) }));
    expect((await put(batch(0))).FailedEntryCount).toBe(0);
    await expect(put(batch(1))).rejects.toMatchObject({
      name: 'ValidationException',
      $metadata: { httpStatusCode: 400 },
      message: 'Total size of the entries in the request is over the limit.',
    });
    expect(bus.events).toHaveLength(sizes.length);
  });
});

describe('an entry', () => {
  it.each([
    ['Source', { Source: undefined }],
    ['Source', { Source: '' }],
    ['DetailType', { DetailType: undefined }],
    ['DetailType', { DetailType: '' }],
    ['Detail', { Detail: undefined }],
    ['Detail', { Detail: '' }],
  ])('fails alone without %s (%j)', async (parameter, changes) => {
    const { bus, put } = await busUnderTest();
    expect(await put([anEntry(changes), anEntry()])).toMatchObject({
      FailedEntryCount: 1,
      Entries: [
        {
          ErrorCode: 'InvalidArgument',
          ErrorMessage: `Parameter ${parameter} is not valid. Reason: ${parameter} is a required argument.`,
        },
        { EventId: bus.events[0]?.id },
      ],
    });
  });

  it.each(['not json', '{"a":1', '"text"', '[{"a":1}]', '1', 'null', '"{\\"a\\":1}"'])(
    'fails if its detail is not a JSON object: %s',
    async (detail) => {
      const { put } = await busUnderTest();
      const answer = await put([anEntry({ Detail: detail })]);
      expect(answer.Entries).toEqual([
        { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' },
      ]);
    },
  );

  it('may nest its detail 1,000 levels deep and not one more', async () => {
    const { put } = await busUnderTest();
    const brackets = JSON.stringify({ text: '{["\\'.repeat(2000) });
    const answer = await put([nested(1000), nested(1001), brackets].map((Detail) => anEntry({ Detail })));
    expect(answer.Entries?.map((row) => row.ErrorCode)).toEqual([undefined, 'MalformedDetail', undefined]);
  });

  it('may not have a source that begins with "aws."', async () => {
    const { put } = await busUnderTest();
    const answer = await put(['aws.ec2', 'aws-like', 'aws'].map((Source) => anEntry({ Source })));
    expect(answer.Entries?.[0]).toEqual({
      ErrorCode: 'NotAuthorizedForSourceException',
      ErrorMessage: 'Not authorized for the source.',
    });
    expect(answer.FailedEntryCount).toBe(1);
  });

  it('may have a detail type of 128 characters and a source of 256, and not one more', async () => {
    const { put } = await busUnderTest();
    const answer = await put([
      anEntry({ DetailType: 'é'.repeat(128), Source: 's'.repeat(256) }),
      anEntry({ DetailType: 'é'.repeat(129) }),
      anEntry({ Source: 's'.repeat(257) }),
    ]);
    expect(answer.Entries?.map((row) => row.ErrorCode)).toEqual([
      undefined,
      'InvalidArgument',
      'InvalidArgument',
    ]);
  });

  it.each([
    ['resources', { Resources: ['r'.repeat(2048)] }, { Resources: ['r'.repeat(2049)] }],
    ['traceHeader', { TraceHeader: 't'.repeat(500) }, { TraceHeader: 't'.repeat(501) }],
    ['traceHeader', { TraceHeader: 't' }, { TraceHeader: '' }],
    ['eventBusName', { EventBusName: 'b'.repeat(1600) }, { EventBusName: 'b'.repeat(1601) }],
    ['eventBusName', { EventBusName: 'b' }, { EventBusName: '' }],
    ['eventBusName', { EventBusName: 'a/b.c-d_e' }, { EventBusName: 'a b' }],
  ])('makes the whole call fail when its %s is outside the service model', async (member, good, bad) => {
    const { put } = await busUnderTest();
    expect((await put([anEntry(good)])).FailedEntryCount).toBe(0);
    await expect(put([anEntry(), anEntry(bad)])).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining(`at 'entries.2.member.${member}' failed to satisfy constraint`),
    });
  });
});
