import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { costTables, withTables } from './page.ts';

/** Prints what a month costs; with `--write` it also brings docs/cost.md up to date. */
const PAGE = join(import.meta.dirname, '../docs/cost.md');

const tables = costTables();
process.stdout.write(`${tables.totals}\n${tables.lines}`);
if (process.argv.includes('--write')) writeFileSync(PAGE, withTables(readFileSync(PAGE, 'utf8'), tables));
