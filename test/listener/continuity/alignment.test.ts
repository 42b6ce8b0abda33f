import { describe, expect, it } from 'vitest';
import { align } from '../../../listener/continuity/alignment.ts';
import type { KeyPosition } from '../../../listener/continuity/checkpoint-store.ts';

const kept = (digest: string, receivedAt: number, sinceAt = 0) => ({ key: 'c', digest, receivedAt, sinceAt });
const upTo = (digest: string, receivedAt: number) =>
  new Map<string, KeyPosition>([['c', { key: 'c', version: 4, digest, receivedAt, open: true }]]);

describe('what was kept while another listener published', () => {
  it('is due from the frame on that follows the last one which was settled', () => {
    const frames = [kept('a', 100), kept('b', 200), kept('c', 300)];
    expect(align(frames, upTo('b', 203))).toEqual(['settled', 'seam', 'due']);
  });

  it('is aligned with the nearest of equal states, also when that reached the predecessor first', () => {
    const frames = [kept('muted', 1_000), kept('unmuted', 2_000), kept('muted', 3_000), kept('d', 4_000)];
    expect(align(frames, upTo('muted', 2_950))).toEqual(['settled', 'settled', 'seam', 'due']);
    expect(align(frames, upTo('muted', 990))).toEqual(['seam', 'due', 'due', 'due']);
  });

  it('is due when it repeats a settled state whose own frame was missed', () => {
    const frames = [kept('unmuted', 5_000, 4_500), kept('muted', 6_000, 4_500)];
    expect(align(frames, upTo('muted', 4_400))).toEqual(['due', 'due']);
    expect(align(frames, upTo('muted', 5_900))).toEqual(['settled', 'seam']);
  });

  it('is due when it repeats a settled state that is no longer kept', () => {
    const frames = [kept('unmuted', 50_000), kept('muted', 60_000)];
    expect(align(frames, upTo('muted', 1_000))).toEqual(['due', 'due']);
  });

  it('is settled when this listener, held up for seconds, received it later', () => {
    const frames = [kept('a', 6_000), kept('b', 6_001), kept('c', 6_002)];
    expect(align(frames, upTo('b', 1_000))).toEqual(['settled', 'seam', 'due']);
  });

  it('is settled when its predecessor, held up for seconds, received it later', () => {
    const frames = [kept('a', 1_000), kept('b', 2_000), kept('c', 3_000)];
    expect(align(frames, upTo('b', 9_000))).toEqual(['settled', 'seam', 'due']);
  });

  it('of a key without a position is due', () => {
    expect(align([kept('a', 1_000)], new Map())).toEqual(['due']);
  });
});
