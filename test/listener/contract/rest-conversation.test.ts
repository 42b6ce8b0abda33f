import { expect, it } from 'vitest';
import { revision } from '../../../listener/contract/identity.ts';
import { normaliseSnapshot } from '../../../listener/contract/normalise.ts';
import { ContactCentre } from '../../../mock/contact-centre/contact-centre.ts';
import { ManualClock } from '../../manual-clock.ts';
import { known } from './fixtures.ts';

it.each([1, 2, 3])(
  'a conversation by REST has the revision of the notification of the same state (seed %i)',
  async (seed) => {
    const clock = new ManualClock();
    const centre = new ContactCentre({ seed, clock, agents: 12 });
    const revisions = new Set<string>();
    let compared = 0;
    centre.on('change', ({ conversationId, conversation }) => {
      if (conversationId === undefined || conversation === undefined) return;
      const notified = known(normaliseSnapshot(JSON.parse(conversation()), undefined));
      const asked = JSON.parse(JSON.stringify(centre.truth(conversationId)));
      expect(revision(known(normaliseSnapshot(asked, undefined)))).toBe(revision(notified));
      revisions.add(revision(notified));
      compared++;
    });
    for (let n = 0; n < 3_000; n++) {
      centre.step();
      if (n % 10 === 0) await clock.advance(50);
    }
    expect(compared).toBeGreaterThan(2_500);
    expect(revisions.size).toBeGreaterThan(1_000);
  },
);
