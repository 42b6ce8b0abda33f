import { type DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { BridgeError, describeError } from '../errors.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import {
  CheckpointDraft,
  changeSchema,
  FORMAT_VERSION,
  gapsSchema,
  positionSchema,
  Salvage,
  toChangeText,
  toTuple,
  unreadableBecause,
} from './checkpoint-format.ts';
import type { Checkpoint, CheckpointChange, CheckpointStore, FoundCheckpoint } from './checkpoint-store.ts';
import { pack, unpack } from './packed-items.ts';
import { partitionOf } from './state-table.ts';

/** When an item is removed by the table's time to live, if it has one for `expiresAt`. */
const KEPT_SECONDS = 30 * 86_400;
/** A partition takes 1,000,000 bytes a second; more than half of it is left to the lease and to changes. */
const BASE_BYTES_PER_SECOND = 400_000;
/** How many keys a change has in one item. */
const CHANGE_KEYS = 1_000;

export interface DynamoDbCheckpointStoreOptions {
  /** From `createStateTableClient`. */
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly shard: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** The table could not be read or written. */
export class DynamoDbCheckpointError extends BridgeError {
  readonly code = 'DynamoDbCheckpointFailed';
  readonly canRetry = true;
}

const itemSchema = z.looseObject({ pk: z.string(), sk: z.string() });
type Item = z.infer<typeof itemSchema>;

const headSchema = z.object({
  formatVersion: z.literal(FORMAT_VERSION),
  generation: z.number().int().positive(),
  parts: z.number().int().nonnegative(),
  lowWatermark: z.number(),
  gaps: gapsSchema,
  countFrom: z.number().optional(),
});
type Head = z.infer<typeof headSchema>;

const partSchema = z.object({ generation: z.number(), body: z.instanceof(Uint8Array) });

/**
 * A shard's checkpoint in items of a DynamoDB table, in the partition of the shard's lease:
 *
 *     checkpoint#<epoch>#base#<half>#<part>     the positions of a base
 *     checkpoint#<epoch>#change#<half>#<number> what has changed since
 *     checkpoint#<epoch>#head                   which generation of the two counts; written last
 *
 * Each new base of a term is a generation. Two halves are written in turn, so that a half-written base is never
 * read and nothing needs to be deleted: deleting costs as much as writing, writing over costs nothing more. What
 * earlier terms have left is never read, and goes by the table's time to live, which is free.
 */
export class DynamoDbCheckpointStore implements CheckpointStore {
  readonly #options: DynamoDbCheckpointStoreOptions;
  #term: { readonly epoch: number; generation: number; changes: number } | undefined;

  /** Whether it is not known which generation the head names. */
  #headInDoubt = false;

  constructor(options: DynamoDbCheckpointStoreOptions) {
    this.#options = options;
  }

  /** @throws {DynamoDbCheckpointError} with the SDK's error as its cause */
  async load(): Promise<FoundCheckpoint | undefined> {
    return this.#guarded('read', async () => {
      const salvage = new Salvage();
      let before = 'checkpoint#~';
      for (;;) {
        const newest = await this.#newest(before);
        const [term, epoch] = /^checkpoint#(\d+)#/.exec(newest?.sk ?? '') ?? [];
        if (newest === undefined || term === undefined) return salvage.mergedWith(undefined);
        const draft = await this.#read({ term, epoch: Number(epoch) }, newest, salvage);
        if (draft !== undefined) return salvage.mergedWith(draft);
        before = term;
      }
    });
  }

  /** Takes its time when there is much to write. @throws {DynamoDbCheckpointError} with the SDK's error as its cause */
  async replace(epoch: number, { lowWatermark, positions, gaps, countFrom }: Checkpoint): Promise<void> {
    await this.#guarded('write', async () => {
      const generation = (await this.#generationOf(epoch)) + 1;
      const bodies = await pack(Array.from(positions.values(), toTuple));
      for (const [part, body] of bodies.entries()) {
        await this.#put(`${prefixOf(epoch, 'base', generation)}${pad(part, 4)}`, { generation, body });
        const isLast = part === bodies.length - 1;
        if (!isLast) await this.#options.clock.sleep((body.length / BASE_BYTES_PER_SECOND) * 1_000);
      }
      const head: Head = {
        formatVersion: FORMAT_VERSION,
        generation,
        parts: bodies.length,
        lowWatermark,
        ...(gaps === undefined ? {} : { gaps: [...gaps] }),
        ...(countFrom === undefined ? {} : { countFrom }),
      };
      this.#headInDoubt = true;
      await this.#put(headOf(epoch), head);
      this.#headInDoubt = false;
      this.#term = { epoch, generation, changes: 0 };
    });
  }

  /** @throws {DynamoDbCheckpointError} also when it is not known that the term has a base, with the SDK's error as its cause */
  async append(epoch: number, change: CheckpointChange): Promise<void> {
    const term = this.#term;
    if (term?.epoch !== epoch || this.#headInDoubt) {
      throw new DynamoDbCheckpointError(`the term ${epoch} has no base that is known to be kept`);
    }
    await this.#guarded('write', async () => {
      for (const piece of piecesOf(change)) {
        const [body] = await pack([piece]);
        // A number is used once, also when it is not known whether it was written.
        const sk = `${prefixOf(epoch, 'change', term.generation)}${pad(term.changes++, 6)}`;
        await this.#put(sk, { generation: term.generation, body });
      }
    });
  }

  /** The generation that the head names; the half of the next one is free to be written over. */
  async #generationOf(epoch: number): Promise<number> {
    const term = this.#term;
    if (!this.#headInDoubt) return term?.epoch === epoch ? term.generation : 0;
    const [head] = await this.#all(headOf(epoch));
    return z.object({ generation: z.number() }).safeParse(head).data?.generation ?? 0;
  }

  async #read(
    { term, epoch }: { readonly term: string; readonly epoch: number },
    newest: Item,
    salvage: Salvage,
  ): Promise<FoundCheckpoint | undefined> {
    // A term whose first base is not complete has no head.
    if (newest.sk !== `${term}head`) return undefined;
    const head = headSchema.safeParse(newest);
    if (!head.success) {
      salvage.add(newest, this.#options.clock.now());
      await this.#setAside(newest, unreadableBecause(newest, 'its head is damaged'));
      return undefined;
    }
    const { generation, parts } = head.data;
    const draft = new CheckpointDraft(epoch, head.data);
    const bases = (await this.#all(`${term}base#${generation % 2}#`)).slice(0, parts);
    if (bases.length < parts) await this.#setAside(newest, 'a part of the base is missing');
    if (bases.length < parts) return undefined;
    for (const item of bases) {
      const part = await this.#open(item, generation, positionSchema);
      if (part === undefined) return undefined;
      draft.add(part);
    }
    for (const item of await this.#all(`${term}change#${generation % 2}#`)) {
      // Left from the generation before the last.
      if (item['generation'] !== generation) continue;
      const changes = await this.#open(item, generation, changeSchema);
      // What stands before is a checkpoint, too: the one of that time.
      if (changes === undefined) break;
      for (const change of changes) draft.apply(change);
    }
    return draft;
  }

  async #open<T extends z.ZodType>(
    item: Item,
    generation: number,
    schema: T,
  ): Promise<z.infer<T>[] | undefined> {
    try {
      const part = partSchema.parse(item);
      if (part.generation === generation) return await unpack(part.body, schema);
      await this.#setAside(item, 'it is of another generation');
    } catch (error) {
      await this.#setAside(item, describeError(error));
    }
    return undefined;
  }

  /** Keeps a copy for whoever looks into it. The item itself is never read again once the next term has begun. */
  async #setAside(item: Item, problem: string): Promise<void> {
    const sk = `corrupt#${new Date(this.#options.clock.now()).toISOString()}#${item.sk}`;
    this.#options.logger.error({ item: item.sk, kept: sk, problem }, 'the checkpoint could not be read');
    this.#options.metrics.count('StateUnreadable');
    await this.#put(sk, item);
  }

  async #newest(before: string): Promise<Item | undefined> {
    const [item] = await this.#query(
      {
        KeyConditionExpression: 'pk = :pk AND sk BETWEEN :from AND :to',
        ExpressionAttributeValues: { ':from': 'checkpoint#', ':to': before },
        ScanIndexForward: false,
      },
      1,
    );
    return item;
  }

  #all(prefix: string): Promise<Item[]> {
    return this.#query({
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':prefix': prefix },
    });
  }

  async #query(
    query: {
      readonly KeyConditionExpression: string;
      readonly ExpressionAttributeValues: Readonly<Record<string, string>>;
      readonly ScanIndexForward?: boolean;
    },
    most?: number,
  ): Promise<Item[]> {
    const { client, tableName, shard } = this.#options;
    const items: Item[] = [];
    let from: Record<string, unknown> | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new QueryCommand({
          TableName: tableName,
          ConsistentRead: true,
          ...query,
          ExpressionAttributeValues: { ...query.ExpressionAttributeValues, ':pk': partitionOf(shard) },
          ...(from === undefined ? {} : { ExclusiveStartKey: from }),
          ...(most === undefined ? {} : { Limit: most }),
        }),
      );
      items.push(...z.array(itemSchema).parse(Items));
      from = LastEvaluatedKey;
    } while (from !== undefined && (most === undefined || items.length < most));
    return items;
  }

  async #put(sk: string, attributes: Readonly<Record<string, unknown>>): Promise<void> {
    const { client, tableName, shard, clock } = this.#options;
    const expiresAt = Math.ceil(clock.now() / 1_000) + KEPT_SECONDS;
    const Item = { ...attributes, pk: partitionOf(shard), sk, expiresAt };
    await client.send(new PutCommand({ TableName: tableName, Item }));
  }

  async #guarded<T>(what: string, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (cause) {
      const { tableName } = this.#options;
      throw new DynamoDbCheckpointError(`could not ${what} the checkpoint in the table ${tableName}`, {
        cause,
      });
    }
  }
}

function* piecesOf({ lowWatermark, changed, forgotten, gaps = [] }: CheckpointChange) {
  let from = 0;
  for (; from + CHANGE_KEYS < changed.length + forgotten.length; from += CHANGE_KEYS) yield pieceOf(from);
  yield { ...pieceOf(from), lowWatermark, ...(gaps.length === 0 ? {} : { gaps: [...gaps] }) };

  // Keys are in one of the two, so their order among each other is of no account.
  function pieceOf(start: number) {
    const end = start + CHANGE_KEYS;
    const skipped = changed.length;
    return toChangeText({
      changed: changed.slice(start, end),
      forgotten: forgotten.slice(Math.max(start - skipped, 0), Math.max(end - skipped, 0)),
    });
  }
}

function pad(number: number, digits: number): string {
  return String(number).padStart(digits, '0');
}

function headOf(epoch: number): string {
  return `checkpoint#${pad(epoch, 16)}#head`;
}

function prefixOf(epoch: number, kind: 'base' | 'change', generation: number): string {
  return `checkpoint#${pad(epoch, 16)}#${kind}#${generation % 2}#`;
}
