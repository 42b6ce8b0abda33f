import { describe, expect, it } from 'vitest';
import { lintSubscription } from '../../../doctor/lint/lint.ts';
import { GOOD } from './payloads.ts';

/** Where the lint finds the second of two equal keys, against where it is in the bytes. */
function duplicateIn(bytes: Uint8Array) {
  return lintSubscription(bytes).findings.find(({ code }) => code === 'subscribe-duplicate-key');
}

const TWICE = GOOD.replace('"type"', '\n  "id":"b","type"');

describe('the place of a finding', () => {
  it.each([
    ['LF', TWICE],
    ['CRLF', TWICE.replace('\n', '\r\n')],
    ['CR', TWICE.replace('\n', '\r')],
  ])('counts lines that end with %s', (_, text) => {
    const bytes = Buffer.from(text);
    expect(duplicateIn(bytes)).toMatchObject({ line: 2, column: 3, offset: bytes.lastIndexOf('"id"') });
  });

  it('counts columns in characters and offsets in bytes', () => {
    const text = GOOD.replace('ws-sub-001', 'ö漢😀').replace('"type"', '"id":"b","type"');
    const bytes = Buffer.from(text);
    const before = [...text.slice(0, text.lastIndexOf('"id"'))].length;
    expect(duplicateIn(bytes)).toMatchObject({
      line: 1,
      column: before + 1,
      offset: bytes.lastIndexOf('"id"'),
    });
  });

  it('counts a byte-order mark in the offset, not in the column', () => {
    const bytes = Buffer.from(`\ufeff${TWICE.replace('\n  ', '')}`);
    const plain = TWICE.replace('\n  ', '').lastIndexOf('"id"');
    expect(duplicateIn(bytes)).toMatchObject({ column: plain + 1, offset: plain + 3 });
  });

  it('counts the bytes of UTF-16', () => {
    const text = `\ufeff${TWICE}`;
    expect(duplicateIn(Buffer.from(text, 'utf16le'))).toMatchObject({
      line: 2,
      offset: 2 * text.lastIndexOf('"id"'),
    });
  });

  it.each([
    ['a string', JSON.stringify(TWICE)],
    ['a string in a string', JSON.stringify(JSON.stringify(TWICE))],
  ])('is where it was written, inside %s too', (_, text) => {
    const at = text.search(/\\+"id\\+":\\+"b/);
    const backslashes = /^\\*/.exec(text.slice(at))?.[0].length ?? 0;
    expect(duplicateIn(Buffer.from(text))).toMatchObject({ line: 1 });
    const offset = duplicateIn(Buffer.from(text))?.offset ?? -1;
    expect(offset).toBeGreaterThanOrEqual(at);
    expect(offset).toBeLessThanOrEqual(at + backslashes);
  });

  it('is not moved by what was mended before it', () => {
    const text = `/* é */ {id: 'it\\'s "x"', type: subscribe, /* again */ 'id': 'b',}`;
    const bytes = Buffer.from(text);
    expect(duplicateIn(bytes)).toMatchObject({ offset: bytes.lastIndexOf("'id'") });
  });

  it('is the end of the text where something is missing there', () => {
    const bytes = Buffer.from(GOOD.slice(0, -1));
    expect(lintSubscription(bytes).findings).toEqual([expect.objectContaining({ offset: bytes.length })]);
  });
});
