import { z } from 'zod';
import { type DetailType, eventSchemas } from './event.ts';
import { CONTRACT_VERSION, DETAIL_TYPES } from './vocabulary.ts';

/** The JSON Schema of one detail-type's whole event. */
export interface PublishedSchema {
  readonly detailType: DetailType;
  /** `conversation-updated.v1.json` */
  readonly fileName: string;
  /** JSON Schema, draft 2020-12, as text. */
  readonly text: string;
}

/** The contract as JSON Schema, out of the same source as the types. */
export function jsonSchemas(): PublishedSchema[] {
  return Object.values(DETAIL_TYPES).map((detailType) => {
    const schema = z.toJSONSchema(eventSchemas[detailType], { target: 'draft-2020-12' });
    const text = JSON.stringify({ title: detailType, ...schema }, null, 2);
    return { detailType, fileName: `${kebab(detailType)}.v${CONTRACT_VERSION}.json`, text: `${text}\n` };
  });
}

function kebab(name: string): string {
  return name.toLowerCase().replaceAll(' ', '-');
}
