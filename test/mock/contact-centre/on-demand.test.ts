import { describe, expect, it } from 'vitest';
import { ContactCentre } from '../../../mock/contact-centre/contact-centre.ts';
import { ManualClock } from '../../manual-clock.ts';

/** A centre in which something is going on, and what it announces of conversations from now on. */
function busyCentre() {
  const centre = new ContactCentre({ seed: 4, clock: new ManualClock() });
  for (let step = 0; step < 200; step += 1) centre.step();
  const [open = ''] = centre.openConversationIds();
  const announced: { id: string | undefined; correlation: string; body: string }[] = [];
  centre.on('change', ({ conversationId, correlationId, conversation }) => {
    announced.push({ id: conversationId, correlation: correlationId, body: conversation?.() ?? '' });
  });
  return { centre, open, announced };
}

describe('a conversation that is announced again', () => {
  it('is another change each time, with the same body', () => {
    const { centre, open, announced } = busyCentre();
    expect([centre.repeat(open), centre.repeat(open)]).toEqual([true, true]);
    expect(announced.map(({ id }) => id)).toEqual([open, open]);
    expect(announced[0]?.body).toBe(announced[1]?.body);
    expect(announced[0]?.correlation).not.toBe(announced[1]?.correlation);
  });

  it('must be open', () => {
    const { centre, announced } = busyCentre();
    expect(centre.repeat('nobody')).toBe(false);
    expect(centre.enlarge('nobody', 10)).toBe(false);
    expect(announced).toEqual([]);
  });
});

describe('a conversation that is enlarged', () => {
  it('is so large in every notification and in truth, until it is made small again', () => {
    const { centre, open, announced } = busyCentre();
    const before = JSON.stringify(centre.truth(open));
    centre.enlarge(open, 300_000);
    expect(announced.at(-1)?.body.length).toBeGreaterThan(300_000);
    expect(JSON.stringify(centre.truth(open)).length).toBe(
      before.length + 300_000 + ',"transcript":""'.length,
    );
    centre.repeat(open);
    expect(announced.at(-1)?.body.length).toBeGreaterThan(300_000);
    centre.enlarge(open, 0);
    expect(announced.at(-1)?.body.length).toBeLessThan(100_000);
    expect(JSON.stringify(centre.truth(open))).toBe(before);
  });
});
