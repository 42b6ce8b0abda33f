import { existsSync, readFileSync } from 'node:fs';
import { ConfigError } from '../listener/config.ts';
import { describeError } from '../listener/errors.ts';
import { configSchema } from './config-schema.ts';

/** Read when it is there and no other is named. */
const DEFAULT_CONFIG_FILE = 'conversation-bridge.config.json';

type Fields = Record<string, unknown>;

/**
 * Puts the configuration together from a JSON file (`-c config=<path>`) and single fields (`-c region=eu-west-1`,
 * `-c alarms.email=…`), which go before the file's.
 * @param context the CDK app's whole context
 * @throws {ConfigError} for a file that can't be read, and for a name that is no field
 */
export function gatherConfig(context: Readonly<Record<string, unknown>>): Fields {
  const config = readFile(context['config']);
  for (const [name, value] of Object.entries(context)) {
    if (name === 'config' || !isOurs(name)) continue;
    const path = name.split('.');
    if (!Object.keys(configSchema.shape).includes(path[0] ?? ''))
      throw new ConfigError([
        `${name}: there is no such field; there are config, ${Object.keys(configSchema.shape).join(', ')}`,
      ]);
    assign(config, path, fromCommandLine(name, value));
  }
  return config;
}

/** CDK's own context keys have a colon, a slash or a hyphen. */
function isOurs(name: string): boolean {
  return /^[A-Za-z.]+$/.test(name);
}

function readFile(given: unknown): Fields {
  if (given === undefined && !existsSync(DEFAULT_CONFIG_FILE)) return {};
  const path = given === undefined ? DEFAULT_CONFIG_FILE : String(given);
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigError([`config: ${path} can't be read as JSON: ${describeError(error)}`]);
  }
  if (!isFields(content)) throw new ConfigError([`config: ${path} holds no JSON object`]);
  return content;
}

/** On the command line everything is text; what begins like JSON is JSON. */
function fromCommandLine(name: string, value: unknown): unknown {
  if (typeof value !== 'string' || !/^[[{]|^(true|false)$/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    throw new ConfigError([`${name}: "${value}" begins like JSON, but is none`]);
  }
}

function assign(target: Fields, [first, ...rest]: readonly string[], value: unknown): void {
  if (first === undefined) return;
  if (rest.length === 0) {
    target[first] = value;
    return;
  }
  const inner = target[first];
  const fields: Fields = isFields(inner) ? { ...inner } : {};
  target[first] = fields;
  assign(fields, rest, value);
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
