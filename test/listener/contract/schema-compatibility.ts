import { z } from 'zod';

/** As much of a JSON Schema as the contract uses. */
interface SchemaNode {
  readonly type?: string | undefined;
  readonly const?: unknown;
  readonly enum?: readonly unknown[] | undefined;
  readonly pattern?: string | undefined;
  readonly format?: string | undefined;
  readonly minimum?: number | undefined;
  readonly anyOf?: readonly SchemaNode[] | undefined;
  readonly items?: SchemaNode | undefined;
  readonly properties?: Readonly<Record<string, SchemaNode>> | undefined;
  readonly required?: readonly string[] | undefined;
}

const schemaNode: z.ZodType<SchemaNode> = z.lazy(() =>
  z.object({
    type: z.string().optional(),
    const: z.unknown().optional(),
    enum: z.array(z.unknown()).optional(),
    pattern: z.string().optional(),
    format: z.string().optional(),
    minimum: z.number().optional(),
    anyOf: z.array(schemaNode).optional(),
    items: schemaNode.optional(),
    properties: z.record(z.string(), schemaNode).optional(),
    required: z.array(z.string()).optional(),
  }),
);

/**
 * What would break a consumer that was written against the published schema: something it reads is gone,
 * is of another kind, or need not be there any more. What is new breaks nobody.
 * @returns one line for each break, with the path of what broke
 */
export function breakingChanges(published: unknown, current: unknown): string[] {
  return [...compare(schemaNode.parse(published), schemaNode.parse(current), 'event')];
}

function* compare(published: SchemaNode, current: SchemaNode, path: string): Generator<string> {
  yield* compareKinds(published, current, path);
  for (const value of valuesOf(published)) {
    if (!valuesOf(current).includes(value)) yield `${path}: the value ${JSON.stringify(value)} was removed`;
  }
  for (const rule of ['const', 'pattern', 'format', 'minimum'] as const) {
    if (published[rule] !== undefined && published[rule] !== current[rule])
      yield `${path}: ${rule} was changed`;
  }
  for (const name of published.required ?? []) {
    if (current.properties?.[name] && !current.required?.includes(name))
      yield `${path}.${name}: is no longer always there`;
  }
  for (const [name, node] of Object.entries(published.properties ?? {})) {
    const now = current.properties?.[name];
    if (now === undefined) yield `${path}.${name}: was removed`;
    else yield* compare(node, now, `${path}.${name}`);
  }
  if (published.items && current.items) yield* compare(published.items, current.items, `${path}[]`);
}

function* compareKinds(published: SchemaNode, current: SchemaNode, path: string): Generator<string> {
  const before = kindsOf(published);
  if (before.includes('anything')) return;
  for (const kind of kindsOf(current)) {
    if (!before.includes(kind)) yield `${path}: can now be ${kind}, was ${before.join(' or ')}`;
  }
}

function kindsOf(node: SchemaNode): string[] {
  return node.anyOf ? node.anyOf.flatMap(kindsOf) : [node.type ?? 'anything'];
}

function valuesOf(node: SchemaNode): unknown[] {
  return node.anyOf ? node.anyOf.flatMap(valuesOf) : [...(node.enum ?? [])];
}
