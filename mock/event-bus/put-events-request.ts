import { z } from 'zod';
import {
  entryBytes,
  MAX_BUS_NAME_LENGTH,
  MAX_ENTRIES,
  MAX_REQUEST_BYTES,
  MAX_RESOURCE_LENGTH,
  MAX_TRACE_HEADER_LENGTH,
} from './limits.ts';
import { ServiceError } from './service-error.ts';

// JSON 1.1 writes a timestamp as seconds since the epoch; years 1 to 9999 are what RFC 3339 can say.
const timestamp = z.number().min(-62_135_596_800).max(253_402_300_799);

const requestEntry = z.object({
  Time: timestamp.nullish(),
  Source: z.string().nullish(),
  DetailType: z.string().nullish(),
  Detail: z.string().nullish(),
  Resources: z.array(z.string()).nullish(),
  EventBusName: z.string().nullish(),
  TraceHeader: z.string().nullish(),
});

/** One entry as it came over the wire. Nothing in it is required yet: what is missing fails that entry alone. */
export type RequestEntry = z.infer<typeof requestEntry>;

const requestBody = z.object({ Entries: z.array(requestEntry).nullish() });

const busNamePattern =
  /^(arn:aws[\w-]*:events:[a-z]+-[a-z]+-[\w-]+:[0-9]{12}:event-bus\/)?[/.\-_A-Za-z0-9]+$/;

/**
 * Reads the body of a PutEvents call and checks what makes AWS refuse a call as a whole.
 * @throws {ServiceError} SerializationException or ValidationException
 */
export function parsePutEventsRequest(body: string): readonly RequestEntry[] {
  const parsed = requestBody.safeParse(parseJson(body));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const where = issue?.path.map(String).join('.') ?? '';
    throw new ServiceError(400, 'SerializationException', `${where}: ${issue?.message ?? 'unreadable'}`);
  }
  const entries = parsed.data.Entries ?? undefined;
  const violations = entries ? findViolations(entries) : [violation(null, 'entries', 'must not be null')];
  if (violations.length > 0) throw new ServiceError(400, 'ValidationException', describe(violations));
  const accepted = entries ?? [];
  if (accepted.reduce((bytes, entry) => bytes + entryBytes(entry), 0) > MAX_REQUEST_BYTES) {
    throw new ServiceError(
      400,
      'ValidationException',
      'Total size of the entries in the request is over the limit.',
    );
  }
  return accepted;
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw new ServiceError(400, 'SerializationException', error instanceof Error ? error.message : '');
  }
}

// The constraints of AWS's service model, in the words in which the service reports them.
function findViolations(entries: readonly RequestEntry[]): string[] {
  const violations: string[] = [];
  if (entries.length === 0) violations.push(violation('[]', 'entries', atLeast(1)));
  if (entries.length > MAX_ENTRIES) {
    violations.push(violation(`[${entries.map(quote).join(', ')}]`, 'entries', atMost(MAX_ENTRIES)));
  }
  entries.forEach((entry, index) => {
    const member = `entries.${index + 1}.member`;
    const bus = entry.EventBusName;
    if (bus != null) {
      if (bus.length < 1) violations.push(violation(bus, `${member}.eventBusName`, atLeast(1)));
      else if (!busNamePattern.test(bus)) {
        const rule = `must satisfy regular expression pattern: ${busNamePattern.source.slice(1, -1)}`;
        violations.push(violation(bus, `${member}.eventBusName`, rule));
      }
      if (bus.length > MAX_BUS_NAME_LENGTH) {
        violations.push(violation(bus, `${member}.eventBusName`, atMost(MAX_BUS_NAME_LENGTH)));
      }
    }
    const trace = entry.TraceHeader;
    if (trace != null && trace.length < 1)
      violations.push(violation(trace, `${member}.traceHeader`, atLeast(1)));
    if (trace != null && trace.length > MAX_TRACE_HEADER_LENGTH) {
      violations.push(violation(trace, `${member}.traceHeader`, atMost(MAX_TRACE_HEADER_LENGTH)));
    }
    const resources = entry.Resources ?? [];
    if (resources.some((resource) => resource.length > MAX_RESOURCE_LENGTH)) {
      const value = `[${resources.join(', ')}]`;
      const rule = `must satisfy constraint: [Member ${atMost(MAX_RESOURCE_LENGTH)}]`;
      violations.push(violation(value, `${member}.resources`, rule));
    }
  });
  return violations;
}

const atLeast = (length: number) => `must have length greater than or equal to ${length}`;
const atMost = (length: number) => `must have length less than or equal to ${length}`;

function violation(value: string | null, where: string, rule: string): string {
  const shown = value === null ? 'null' : `'${value}'`;
  return `Value ${shown} at '${where}' failed to satisfy constraint: Member ${rule}`;
}

function describe(violations: readonly string[]): string {
  const errors = violations.length === 1 ? 'validation error' : 'validation errors';
  return `${violations.length} ${errors} detected: ${violations.join('; ')}`;
}

function quote(entry: RequestEntry): string {
  const time = entry.Time == null ? null : new Date(entry.Time * 1000).toISOString();
  const resources = entry.Resources ? `[${entry.Resources.join(', ')}]` : null;
  const fields = {
    time,
    source: entry.Source,
    resources,
    detailType: entry.DetailType,
    detail: entry.Detail,
    eventBusName: entry.EventBusName,
    traceHeader: entry.TraceHeader,
    kmsKeyIdentifier: null,
    internalMetadata: null,
  };
  const shown = Object.entries(fields).map(([name, value]) => `${name}=${value ?? 'null'}`);
  return `PutEventsRequestEntry(${shown.join(', ')})`;
}
