import type { Checkpoint, KeyPosition } from '../../../listener/continuity/checkpoint-store.ts';
import { bodyDigest } from '../../../listener/contract/identity.ts';

/** A position of a conversation, as long as real ones are. */
export function position(name: string, changes: Partial<KeyPosition> = {}): KeyPosition {
  const hex = bodyDigest(name);
  const key = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join(
    '-',
  );
  const version = changes.version ?? 1;
  return {
    key,
    version,
    digest: bodyDigest(`${name} ${version}`),
    receivedAt: 1_767_603_600_000,
    revision: bodyDigest(`revision of ${name} ${version}`),
    open: true,
    ...changes,
  };
}

export function positions(count: number, prefix = 'conversation'): KeyPosition[] {
  return Array.from({ length: count }, (_, index) => position(`${prefix} ${index}`));
}

export function checkpoint(lowWatermark: number, of: readonly KeyPosition[]): Checkpoint {
  return { lowWatermark, positions: new Map(of.map((each) => [each.key, each])) };
}

/** As plain data, the order of keys included. */
export function plain(of: Checkpoint | undefined) {
  return of && { lowWatermark: of.lowWatermark, positions: [...of.positions.values()] };
}
