import { SHAPES } from '../../lib/config-schema.ts';
import { API, NETWORKS } from './synthesis.ts';

/*
 * What can be put together: every shape with and without a standby, in every network, with one shard and with several, in
 * both dialects, with nothing besides and with everything. All checks of what would be deployed go by this list.
 */

const DIALECTS = {
  channels: {},
  'org-socket': {
    dialect: { mode: 'org-socket', organisation: 'acme', origin: 'https://bridge.example.com' },
  },
};

/** How many shards, and what each is asked to listen to in a dialect. The last of several has an OAuth client of its own. */
const SHARDS = {
  one: { channels: undefined, 'org-socket': undefined },
  three: {
    channels: ['queue:Sales', 'queue:Support', 'user:a@example.com'],
    'org-socket': [1, 2, 3].map((n) => `conversation:6a1c2f0e-7f8b-4f4f-9a59-5b6f2f6f0a0${n}`),
  },
};

const BESIDES = {
  nothing: {},
  everything: {
    api: API,
    debugRule: true,
    alarms: { email: 'on-call@example.com' },
    consumers: { accounts: ['111122223333'], organisation: 'o-a1b2c3d4e5' },
  },
};

export interface Combination {
  /** Each word of it says one thing; fit for the name of a file. */
  readonly name: string;
  readonly shape: (typeof SHAPES)[number];
  readonly standby: boolean;
  readonly network: keyof typeof NETWORKS;
  readonly shards: number;
  readonly dialect: keyof typeof DIALECTS;
  readonly besides: keyof typeof BESIDES;
  readonly config: Readonly<Record<string, unknown>>;
}

function combine(
  { shape, standby, network, dialect, besides }: Omit<Combination, 'name' | 'shards' | 'config'>,
  shards: keyof typeof SHARDS,
): Combination {
  const topics = SHARDS[shards][dialect];
  const name = [
    shape,
    standby ? 'standby' : 'alone',
    network,
    `${shards}-shard`,
    dialect,
    `with-${besides}`,
  ].join('.');
  const sharded = topics?.map((topic, index) => ({
    name: `shard-${index}`,
    topics: [topic],
    ...(index === topics.length - 1 ? { secretName: 'genesys/another' } : {}),
  }));
  return {
    name,
    shape,
    standby,
    network,
    dialect,
    besides,
    shards: sharded?.length ?? 1,
    config: {
      shape,
      standby,
      network: NETWORKS[network],
      ...DIALECTS[dialect],
      ...(sharded === undefined ? {} : { shards: sharded }),
      ...BESIDES[besides],
    },
  };
}

const ALL = SHAPES.flatMap((shape) =>
  [false, true].flatMap((standby) =>
    keysOf(NETWORKS).flatMap((network) =>
      keysOf(DIALECTS).flatMap((dialect) =>
        keysOf(BESIDES).flatMap((besides) =>
          keysOf(SHARDS).map((shards) => combine({ shape, standby, network, dialect, besides }, shards)),
        ),
      ),
    ),
  ),
);

/** A relayed listener has no network of its own. */
const isRefused = ({ shape, network }: Combination) => shape === 'relay' && network !== 'public';

/** What can be deployed. */
export const VALID = ALL.filter((combination) => !isRefused(combination));

/** What is refused. */
export const REFUSED = ALL.filter(isRefused);

function keysOf<Key extends string>(record: Readonly<Record<Key, unknown>>): Key[] {
  return Object.keys(record).filter((key): key is Key => key in record);
}
