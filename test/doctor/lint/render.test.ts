import { describe, expect, it } from 'vitest';
import { lintSubscription } from '../../../doctor/lint/lint.ts';
import { renderReport } from '../../../doctor/lint/render.ts';
import { bytesOf, GOOD, THREAD } from './payloads.ts';

function render(text: string, isColourful = false): string {
  const bytes = bytesOf(text);
  return renderReport(lintSubscription(bytes), { file: 'subscribe.json', bytes, isColourful });
}

/** Each excerpt as the text that the caret points at. */
function pointedAt(output: string): string[] {
  const lines = output.split('\n');
  return lines.flatMap((line, index) =>
    /^ *\^$/.test(line) ? [(lines[index - 1] ?? '').slice(line.indexOf('^'))] : [],
  );
}

describe('the report for people', () => {
  it('shows each line with a caret under the place, and the fix', () => {
    const output = render(THREAD);
    expect(pointedAt(output)).toEqual([THREAD, THREAD, '"id": "conv-12345"}']);
    expect(output).toContain('subscribe.json:1:68 error');
    expect(output).toContain('(see 1:2)');
    expect(output.match(/^ {2}fix: /gm)).toHaveLength(3);
    expect(output).toContain('3 findings. What to send instead:');
  });

  it('shows of a long line what is round the place', () => {
    const ids = Array.from({ length: 100 }, (_, index) => `"conversation-${index}"`).join(',');
    const output = render(GOOD.replace('[]', `[${ids},7,${ids}]`));
    expect(pointedAt(output)).toEqual([expect.stringMatching(/^7,"conversation-0".*…$/)]);
    expect(
      Math.max(
        ...output
          .split('\n')
          .slice(0, 4)
          .map((line) => line.length),
      ),
    ).toBeLessThan(140);
  });

  it('says so in one line when nothing was found', () => {
    expect(render(GOOD)).toBe('subscribe.json: nothing found\n');
  });

  it('is coloured only when asked', () => {
    const introducer = String.fromCharCode(0x1b);
    expect(render(THREAD)).not.toContain(introducer);
    expect(render(THREAD, true)).toContain(introducer);
  });

  it.each(['\u001b', '\u009b', '\u202e', '\u0007', '\u0000'])(
    'lets no payload speak to the terminal by %j',
    (control) => {
      for (const text of [
        `{"id": "${control}[2J"}`,
        `{"${control}x": ${control}}`,
        `{"filter":{"eventTypes":["${control}"],"entities":["${control}"]}}`,
        control,
      ])
        expect(render(text)).not.toContain(control);
    },
  );

  it.each(['\ufeff', 'eyJ', 'token', 'token ', 'secret:'])(
    'gets to the end of a line full of %j',
    (piece) => {
      expect(render(`{${piece.repeat(400_000 / piece.length)}`)).toContain('What to send instead');
    },
  );

  it('repeats no token that stands in a payload', () => {
    const token = 'eyJhbGciOiJFZERTQSJ9.eyJjYW5hcnkiOiJ0d2VldCJ9.c2lnbmF0dXJlLW9mLWEtY2FuYXJ5';
    const opaque = 'canary-5up3r53cr3t';
    for (const text of [
      `{"type":"auth","data":{"token":"${token}"}}`,
      `{"type":"auth","data":{"access_token":"${opaque}"}}`,
      `{'type': '${token}', 'client_secret': '${opaque}'}`,
      `token=${opaque} ${token}`,
      JSON.stringify(`{"type":"auth","data":{"token":"${opaque}"}}`),
    ]) {
      const output = render(text) + JSON.stringify(lintSubscription(bytesOf(text)));
      expect(output).not.toContain(opaque);
      expect(output).not.toContain(token);
    }
  });
});
