import type { Random } from './random.ts';

/** A routing queue, as `GET /api/v2/routing/queues/{id}` names its parts. */
export interface Queue {
  readonly id: string;
  readonly name: string;
  readonly divisionId: string;
  readonly divisionName: string;
}

/** A user who takes conversations. */
export interface Agent {
  readonly id: string;
  readonly name: string;
  /** Always at example.com. */
  readonly email: string;
}

const QUEUE_NAMES = [
  'Support',
  'Billing',
  'Sales',
  'Returns',
  'Technical Help',
  'Complaints',
  'Renewals',
  'Deliveries',
  'Accounts',
  'Bookings',
];

const GIVEN_NAMES = [
  'Aiko',
  'Ben',
  'Chidi',
  'Dana',
  'Emre',
  'Freya',
  'Goro',
  'Hana',
  'Ivo',
  'Jun',
  'Kaya',
  'Lena',
];
const FAMILY_NAMES = ['Ashdown', 'Birchley', 'Corvane', 'Dunmarrow', 'Elmstead', 'Fenwhistle', 'Greyhollow'];

/** The nth queue of an organisation: the well-known names first, then the same names numbered. */
export function createQueue(random: Random, index: number, name = numbered(QUEUE_NAMES, index)): Queue {
  return { id: random.uuid(), name, divisionId: random.uuid(), divisionName: `${name} Division` };
}

/** The nth agent. Names are invented. */
export function createAgent(random: Random, index: number): Agent {
  const given = GIVEN_NAMES[index % GIVEN_NAMES.length] ?? '';
  // Another family name in each round of given names, so that names repeat late; addresses never do.
  const family = FAMILY_NAMES[(index + Math.floor(index / GIVEN_NAMES.length)) % FAMILY_NAMES.length] ?? '';
  return {
    id: random.uuid(),
    name: `${given} ${family}`,
    email: `${given}.${family}${index + 1}@example.com`.toLowerCase(),
  };
}

/** Where customers reach the contact centre. */
export const CENTRE = {
  name: 'Contact Centre',
  phone: 'tel:+12025550100',
  email: 'support@example.com',
  deployment: 'example-deployment',
} as const;

/** What all e-mails are about. */
export const EMAIL_SUBJECT = 'A question about my order';

/** A customer: an invented name with an address for every medium, all from ranges reserved for examples. */
export interface Customer {
  readonly name: string;
  /** `tel:+1555555010x` and so on: 555-01xx is kept free for fiction. */
  readonly phone: string;
  readonly email: string;
  readonly messagingAddress: string;
}

export function createCustomer(random: Random): Customer {
  const given = random.pick(GIVEN_NAMES);
  const family = random.pick(FAMILY_NAMES);
  return {
    name: `${given} ${family}`,
    phone: `tel:+1${random.int(201, 989)}55501${String(random.int(0, 99)).padStart(2, '0')}`,
    email: `${given.toLowerCase()}.${family.toLowerCase()}${random.int(1, 999)}@example.com`,
    messagingAddress: random.uuid(),
  };
}

function numbered(names: readonly string[], index: number): string {
  const name = names[index % names.length] ?? '';
  const round = Math.floor(index / names.length);
  return round === 0 ? name : `${name} ${round + 1}`;
}
