import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MemoryLeaseStore } from '../../../listener/continuity/memory-lease-store.ts';
import { ManualClock } from '../../manual-clock.ts';
import { Contender, LEASE_MS } from './lease-harness.ts';

const HOSTS = 3;
const STEP_MS = 50;

const host = fc.nat(HOSTS - 1);
const act = fc.oneof(
  fc.record({ kind: fc.constantFrom('stall', 'wake', 'offer', 'withdraw', 'release', 'replace'), host }),
  fc.record({
    kind: fc.constant('fault'),
    host,
    fault: fc.constantFrom('none', 'none', 'before', 'after', 'hangs'),
  }),
  fc.record({ kind: fc.constant('willing'), host, willing: fc.boolean() }),
  fc.record({ kind: fc.constant('skew'), host, skewMs: fc.integer({ min: -100_000, max: 100_000 }) }),
);
const story = fc.array(fc.tuple(act, fc.integer({ min: 1, max: 100 })), {
  minLength: 5,
  maxLength: 40,
  size: 'max',
});
type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

class Stage {
  readonly clock = new ManualClock();
  readonly #store = new MemoryLeaseStore();
  readonly everyone: Contender[] = [];
  readonly hosts: Contender[] = [];
  readonly epochs: number[] = [];

  constructor() {
    for (let index = 0; index < HOSTS; index++) this.replace(index);
  }

  at(index: number): Contender {
    const contender = this.hosts[index];
    if (contender === undefined) throw new RangeError(`no host ${index}`);
    return contender;
  }

  /** The process there is killed, if there was one: it stalls for ever. Another one starts. */
  replace(index: number): void {
    this.hosts[index]?.host.stall();
    const contender = new Contender(`host ${this.everyone.length}`, this.clock, this.#store);
    contender.onAcquired = async () => {
      this.epochs.push(contender.epochs.at(-1) ?? 0);
    };
    contender.onClaimed = async () => {
      await contender.host.clock.sleep(700);
      await contender.lease.release();
    };
    this.everyone.push(contender);
    this.hosts[index] = contender;
    contender.lease.start();
  }

  play(does: Act): void {
    const contender = this.at(does.host);
    if (does.kind === 'stall') contender.host.stall();
    else if (does.kind === 'wake') contender.host.wake();
    else if (does.kind === 'offer') contender.lease.offer();
    else if (does.kind === 'withdraw') contender.lease.withdrawOffer();
    else if (does.kind === 'release') void contender.lease.release();
    else if (does.kind === 'replace') this.replace(does.host);
    else if ('fault' in does) contender.host.fault = does.fault;
    else if ('willing' in does) contender.willing = does.willing;
    else if ('skewMs' in does) contender.host.skewMs = does.skewMs;
  }

  /** Also of stalled ones: they would say so at the instant in which they wake. */
  holders(): string[] {
    return this.everyone.filter(({ lease }) => lease.held).map(({ epochs }) => String(epochs.at(-1)));
  }

  async pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += STEP_MS) {
      await this.clock.advance(STEP_MS);
      expect(this.holders().length).toBeLessThanOrEqual(1);
    }
  }
}

it('never has two holders, and its epochs strictly increase, whatever stalls, fails, dies or offers', async () => {
  await fc.assert(
    fc.asyncProperty(story, async (acts) => {
      const stage = new Stage();
      for (const [does, steps] of acts) {
        stage.play(does);
        expect(stage.holders().length).toBeLessThanOrEqual(1);
        await stage.pass(steps * STEP_MS);
      }
      expect(stage.epochs).toEqual([...new Set(stage.epochs)].sort((a, b) => a - b));
    }),
    { numRuns: 60 },
  );
});

it('is with somebody willing and alive within twice its time, whatever happened before', async () => {
  await fc.assert(
    fc.asyncProperty(story, async (acts) => {
      const stage = new Stage();
      for (const [does, steps] of acts) {
        stage.play(does);
        await stage.pass(steps * STEP_MS);
      }
      // One host stays as it should be; the two others are killed.
      stage.play({ kind: 'replace', host: 0 });
      stage.at(1).host.stall();
      stage.at(2).host.stall();
      await stage.pass(2 * LEASE_MS);
      expect(stage.at(0).lease.held).toBe(true);
    }),
    { numRuns: 40 },
  );
});
