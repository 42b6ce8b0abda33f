import { describe, expect, it } from 'vitest';
import { entrySize, MAX_REQUEST_BYTES } from '../../../listener/publish/entry-size.ts';

describe('entrySize', () => {
  const time = new Date(0);

  it.each([
    ['', '', '', 14],
    ['a', 'bc', 'def', 20],
    ['é', '€', '😀', 14 + 2 + 3 + 4],
    ['', '', '日本語', 14 + 9],
    ['', '', '\\u65e5', 14 + 6],
  ])('adds up 14 bytes and the UTF-8 lengths of %j, %j and %j', (source, detailType, detail, bytes) => {
    expect(entrySize({ source, detailType, detail, time })).toBe(bytes);
  });

  it('stays under a megabyte, however one counts it', () => {
    expect(MAX_REQUEST_BYTES).toBeLessThan(1_000_000);
  });
});
