import { describe, expect, it } from 'vitest';
import { Transcript } from '../../doctor/transcript.ts';
import { Redactor } from '../../listener/telemetry/redactor.ts';
import { ManualClock } from '../manual-clock.ts';

const SECRET = 'secret-canary-0123456789';

function begin() {
  const clock = new ManualClock();
  const redactor = new Redactor();
  return { clock, redactor, transcript: new Transcript(clock, redactor) };
}

describe('a transcript', () => {
  it('has a line for each frame, with its time, way, size and text', async () => {
    const { clock, transcript } = begin();
    const socket = transcript.begin();
    await clock.advance(1_500);
    transcript.add(socket, 'in', 'heartbeat', '{"é":1}');
    transcript.add(socket, 'in', 'a binary frame', Buffer.from([1, 255]));
    expect(
      transcript
        .toLines()
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      {
        at: '2026-01-05T09:00:01.500Z',
        ms: 1_500,
        socket: 1,
        direction: 'in',
        what: 'heartbeat',
        bytes: 8,
        text: '{"é":1}',
      },
      {
        at: '2026-01-05T09:00:01.500Z',
        ms: 1_500,
        socket: 1,
        direction: 'in',
        what: 'a binary frame',
        bytes: 2,
        text: '(binary) 01ff',
      },
    ]);
  });

  it('has no half of a secret where a long frame is cut', () => {
    const { redactor, transcript } = begin();
    redactor.add(SECRET);
    for (let before = 16_384 - SECRET.length; before < 16_384; before += 5)
      transcript.add(1, 'in', 'event', `${'x'.repeat(before)}${SECRET}${'y'.repeat(99)}`);
    expect(transcript.toLines()).not.toContain(SECRET.slice(0, 3));
  });

  it('takes out a secret that became known only after the frame', () => {
    const { redactor, transcript } = begin();
    transcript.add(1, 'out', 'auth', SECRET);
    redactor.add(SECRET);
    expect(transcript.toLines()).toContain('[redacted]');
    expect(transcript.toLines()).not.toContain(SECRET);
  });
});
