import { describe, expect, it } from 'vitest';
import { createLogger } from '../../../listener/telemetry/logger.ts';
import { Redactor } from '../../../listener/telemetry/redactor.ts';

function record(level = 'trace') {
  const lines: string[] = [];
  const redactor = new Redactor();
  const logger = createLogger({ level, redactor, stream: { write: (line) => lines.push(line) } });
  return { lines, redactor, logger };
}

describe('a log line', () => {
  it('is one line of JSON with the time, the level as a word, and the message', () => {
    const { lines, logger } = record();
    logger.warn({ route: '/x', n: 1 }, 'two\nlines');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.trimEnd()).not.toContain('\n');
    expect(JSON.parse(lines[0] ?? '')).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      route: '/x',
      n: 1,
      msg: 'two\nlines',
    });
  });

  it('shows no field that is named like a secret', () => {
    const { lines, logger } = record();
    logger.info({
      clientSecret: 'canary',
      nested: {
        access_token: 'canary',
        authorization: 'canary',
        connectUri: 'canary',
        client_secret: 'canary',
      },
      accessToken: 'canary',
    });
    expect(lines[0]).not.toContain('canary');
    expect(lines[0]).toContain('[redacted]');
  });

  it('shows no known secret, in the message, a field, or an error with its stack and causes', () => {
    const { lines, logger, redactor } = record();
    redactor.add('canary-"7"');
    const error = new Error('outer canary-"7"', { cause: new Error('inner canary-"7"') });
    logger.error({ err: error, detail: 'canary-"7"', deep: { list: ['canary-"7"'] } }, 'msg canary-"7"');
    logger.child({ channel: 'canary-"7"' }).info('x');
    expect(lines.join()).not.toContain('canary');
    expect(() => lines.map((line) => JSON.parse(line))).not.toThrow();
  });

  it('below the level is not written', () => {
    const { lines, logger } = record('warn');
    logger.info('quiet');
    logger.warn('loud');
    expect(lines).toHaveLength(1);
  });
});
