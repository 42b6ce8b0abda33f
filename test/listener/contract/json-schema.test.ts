import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { jsonSchemas } from '../../../listener/contract/json-schema.ts';
import { breakingChanges } from './schema-compatibility.ts';

const PUBLISHED = new URL('../../../docs/schema/', import.meta.url);
const schemas = jsonSchemas();

describe('the published schemas', () => {
  it.each(schemas)(
    '$fileName breaks no consumer of what was published, and is up to date',
    async ({ fileName, text }) => {
      const published = await readFile(new URL(fileName, PUBLISHED), 'utf8');
      const breaks = breakingChanges(JSON.parse(published), JSON.parse(text));
      const advice =
        'This breaks consumers. Keep what they read, or raise CONTRACT_VERSION and publish beside it';
      expect(breaks, advice).toEqual([]);
      // Updated by `vitest -u`, which the line above keeps from publishing a break.
      await expect(text).toMatchFileSnapshot(new URL(fileName, PUBLISHED).pathname);
    },
  );

  it('are one for each detail-type, and nothing else', async () => {
    expect(new Set(await readdir(PUBLISHED))).toEqual(new Set(schemas.map(({ fileName }) => fileName)));
  });
});

describe('breakingChanges', () => {
  const published = {
    type: 'object',
    properties: {
      id: { type: 'string' },
      at: { type: 'string', format: 'date-time' },
      state: { anyOf: [{ type: 'string', enum: ['queued', 'held'] }, { type: 'string' }] },
      list: {
        type: 'array',
        items: { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
      },
      body: {},
    },
    required: ['id', 'state'],
  };

  function changed(property: string, node: unknown, required = published.required) {
    return { ...published, properties: { ...published.properties, [property]: node }, required };
  }

  it('finds none in the same schema, in a new member, a new value or a new description', () => {
    expect(breakingChanges(published, published)).toEqual([]);
    expect(breakingChanges(published, changed('more', { type: 'number' }))).toEqual([]);
    const more = { anyOf: [{ type: 'string', enum: ['queued', 'held', 'new'] }, { type: 'string' }] };
    expect(breakingChanges(published, changed('state', more))).toEqual([]);
    expect(breakingChanges(published, changed('id', { type: 'string', description: 'new' }))).toEqual([]);
    expect(breakingChanges(published, changed('at', published.properties.at, ['id', 'state', 'at']))).toEqual(
      [],
    );
    expect(breakingChanges(published, changed('body', { type: 'object' }))).toEqual([]);
  });

  it.each([
    ['a member that was removed', changed('id', undefined), 'event.id: was removed'],
    ['a type that was changed', changed('id', { type: 'number' }), 'event.id: can now be number, was string'],
    ['a type that was widened', changed('id', {}), 'event.id: can now be anything, was string'],
    [
      'a member that may be absent now',
      changed('id', { type: 'string' }, ['state']),
      'event.id: is no longer always there',
    ],
    ['a format that was dropped', changed('at', { type: 'string' }), 'event.at: format was changed'],
    [
      'a value that was removed',
      changed('state', { anyOf: [{ type: 'string', enum: ['held'] }, { type: 'string' }] }),
      'event.state: the value "queued" was removed',
    ],
    [
      'a member of an item that was removed',
      changed('list', { type: 'array', items: { type: 'object', properties: {} } }),
      'event.list[].a: was removed',
    ],
  ])('finds %s', (_what, current, line) => {
    expect(breakingChanges(published, JSON.parse(JSON.stringify(current)))).toEqual([line]);
  });
});
