import { z } from 'zod';
import { CONVERSATION_UPDATED } from '../../contract/org-socket-frame.ts';
import { address } from '../../setting-kinds.ts';
import { VERSION } from '../../version.ts';

/** The scope that a token needs for the org socket. */
export const WEBSOCKET_SCOPE = 'notification:websocket:read';

/** What the org socket needs to be told. */
export interface OrgSocketSettings {
  readonly url: string;
  /** The `Origin` of the upgrade: a domain registered for the OAuth client. */
  readonly origin: string;
  readonly userAgent: string;
  readonly eventTypes: readonly string[];
  /** Ids of the conversations to follow; empty means all. */
  readonly conversations: readonly string[];
}

/** The environment variables of this dialect, as `start --help` shows them. */
export const ORG_SOCKET_SETTINGS = [
  {
    name: 'GENESYSCLOUD_ORG_ID',
    meaning:
      'org-socket: id of the organisation, the first part of its address wss://<id>.<region>/websocket',
  },
  {
    name: 'ORG_SOCKET_ORIGIN',
    meaning: 'org-socket: a domain registered for the OAuth client, such as https://bridge.example.com',
  },
  {
    name: 'ORG_SOCKET_USER_AGENT',
    meaning: 'org-socket: what the listener calls itself',
    fallback: `conversation-bridge/${VERSION}`,
  },
  {
    name: 'ORG_SOCKET_EVENT_TYPES',
    meaning: 'org-socket: comma-separated event types',
    fallback: CONVERSATION_UPDATED,
  },
  {
    name: 'GENESYSCLOUD_ORG_SOCKET_URL',
    meaning:
      "org-socket: another socket than the organisation's (a mock, a gateway; plain ws only on loopback); then no id is needed",
  },
] as const;

const origin = z
  .string()
  .refine((text) => URL.canParse(text) && new URL(text).origin === text.toLowerCase(), {
    error: (issue) =>
      `"${String(issue.input)}" is no origin; give scheme and host alone, such as https://bridge.example.com`,
  });

const eventTypes = z.string().transform((text, context) => {
  const types = [...new Set(text.split(',').map((type) => type.trim()))].filter((type) => type !== '');
  if (types.length === 0) context.addIssue('names no event type');
  for (const type of types) {
    if (!/^[\w.-]+(:[\w.-]+){2,}$/.test(type))
      context.addIssue(`"${type}" is no event type, such as ${CONVERSATION_UPDATED}`);
  }
  return types;
});

/** How each variable is read. */
export const orgSocketSchema = z.object({
  GENESYSCLOUD_ORG_ID: z
    .string()
    .regex(/^[A-Za-z0-9](-?[A-Za-z0-9]){0,62}$/, {
      error: (issue) => `"${String(issue.input)}" is no id of an organisation`,
    })
    .optional(),
  ORG_SOCKET_ORIGIN: origin.optional(),
  ORG_SOCKET_USER_AGENT: z
    .string()
    .regex(/^[\x20-\x7e]+$/, { error: () => 'must be printable ASCII, as headers are' })
    .default(ORG_SOCKET_SETTINGS[2].fallback),
  ORG_SOCKET_EVENT_TYPES: eventTypes.default([ORG_SOCKET_SETTINGS[3].fallback]),
  GENESYSCLOUD_ORG_SOCKET_URL: address('wss').optional(),
});

/** What is missing, one line each. */
export function missingOrgSocketSettings(given: Readonly<Record<string, string | undefined>>): string[] {
  const missing: string[] = [];
  if (given['GENESYSCLOUD_ORG_ID'] === undefined && given['GENESYSCLOUD_ORG_SOCKET_URL'] === undefined)
    missing.push(
      'GENESYSCLOUD_ORG_ID: missing; DIALECT=org-socket connects to wss://<id of the organisation>.<region>/websocket',
    );
  if (given['ORG_SOCKET_ORIGIN'] === undefined)
    missing.push(
      'ORG_SOCKET_ORIGIN: missing; DIALECT=org-socket needs a domain registered for the OAuth client, such as https://bridge.example.com',
    );
  return missing;
}

/**
 * What the variables give together.
 * @param baseDomain of the region
 * @returns undefined when something is missing
 */
export function readOrgSocket(
  settings: z.infer<typeof orgSocketSchema>,
  baseDomain: string,
): Omit<OrgSocketSettings, 'conversations'> | undefined {
  const { GENESYSCLOUD_ORG_ID: orgId, ORG_SOCKET_ORIGIN: ownOrigin } = settings;
  const ofOrganisation = orgId === undefined ? undefined : `wss://${orgId}.${baseDomain}/websocket`;
  const url = settings.GENESYSCLOUD_ORG_SOCKET_URL ?? ofOrganisation;
  if (url === undefined || ownOrigin === undefined) return undefined;
  return {
    url,
    origin: ownOrigin,
    userAgent: settings.ORG_SOCKET_USER_AGENT,
    eventTypes: settings.ORG_SOCKET_EVENT_TYPES,
  };
}
