import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { Clock } from '../clock.ts';
import { type Payload, type PayloadSource, type PayloadStore, PayloadStoreError } from './payload-store.ts';

export interface S3PayloadStoreOptions {
  /** From `createS3Client`, or another that doesn't retry. */
  readonly client: S3Client;
  readonly bucket: string;
  /** What keys begin with; `payloads` unless said. */
  readonly prefix?: string;
  /** Tells the day that is in a key. */
  readonly clock: Clock;
}

/** A payload store in an S3 bucket: an object for each event at `<prefix>/<yyyy-mm-dd>/<event id>.json`. */
export class S3PayloadStore implements PayloadStore, PayloadSource {
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #clock: Clock;

  constructor({ client, bucket, prefix = 'payloads', clock }: S3PayloadStoreOptions) {
    this.#client = client;
    this.#bucket = bucket;
    this.#prefix = prefix;
    this.#clock = clock;
  }

  /** The day is the present one: of an event that is made twice over midnight both addresses are good. */
  refOf(eventId: string): string {
    const day = new Date(this.#clock.now()).toISOString().slice(0, 10);
    return `s3://${this.#bucket}/${this.#prefix}/${day}/${encodeURIComponent(eventId)}.json`;
  }

  /** @throws {PayloadStoreError} with the SDK's error as its cause */
  async put({ ref, body }: Payload): Promise<void> {
    const Key = this.#keyOf(ref);
    try {
      await this.#client.send(
        new PutObjectCommand({ Bucket: this.#bucket, Key, Body: body, ContentType: 'application/json' }),
      );
    } catch (cause) {
      throw new PayloadStoreError(`could not store ${ref}`, { cause });
    }
  }

  /** @throws {PayloadStoreError} with the SDK's error as its cause */
  async read(ref: string): Promise<string> {
    const Key = this.#keyOf(ref);
    try {
      const { Body } = await this.#client.send(new GetObjectCommand({ Bucket: this.#bucket, Key }));
      if (Body === undefined) throw new Error('the answer has no body');
      return await Body.transformToString('utf-8');
    } catch (cause) {
      throw new PayloadStoreError(`could not read ${ref}`, { cause });
    }
  }

  /** What was parked holds references that anybody may have written, so that they reach nothing else. */
  #keyOf(ref: string): string {
    const base = `s3://${this.#bucket}/`;
    if (!ref.startsWith(`${base}${this.#prefix}/`))
      throw new PayloadStoreError(`"${ref}" is no address in ${base}${this.#prefix}/`);
    return ref.slice(base.length);
  }
}
