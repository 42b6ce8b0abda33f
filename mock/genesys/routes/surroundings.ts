import type { ContactCentre } from '../../contact-centre/contact-centre.ts';
import type { Access } from '../access.ts';
import type { ChannelRegistry } from '../channels.ts';
import type { Faults } from '../faults.ts';
import type { Moments } from '../moments.ts';
import type { TokenIssuer } from '../oauth.ts';
import type { Subscriptions } from '../subscriptions.ts';
import type { Switches } from '../switches.ts';

/** What the routes work on. */
export interface RouteSurroundings {
  readonly contactCentre: ContactCentre;
  readonly channels: ChannelRegistry;
  readonly subscriptions: Subscriptions;
  readonly tokens: TokenIssuer;
  readonly access: Access;
  readonly faults: Faults;
  readonly moments: Moments;
  readonly switches: Switches;
  /** How long after its beginning or end a query still doesn't show it, in milliseconds. */
  readonly analytics: { readonly lagMs: number };
  readonly organisation: { readonly id: string; readonly name: string };
  /** Such as `ws://127.0.0.1:50123`; known once the server listens. */
  readonly socketBase: () => string;
}
