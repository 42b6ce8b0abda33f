import { correct } from './correction.ts';
import type { LintReport } from './finding.ts';
import { Findings } from './findings.ts';
import { MessageMembers } from './message-members.ts';
import { Payload } from './payload.ts';
import { readMessage } from './read-message.ts';
import { checkMessage } from './rules.ts';

/** Bytes. More than 20,000 conversation ids fit; what is larger is not read. */
export const LARGEST_PAYLOAD = 1_048_576;

/**
 * Reads the bytes of an org socket's subscribe message and reports all that is wrong with them, with places,
 * and what to send instead. It takes any bytes and throws nothing.
 *
 * It reads the bytes, not the object that a parser makes of them: of two equal keys a parser keeps one.
 */
export function lintSubscription(bytes: Uint8Array): LintReport {
  const findings = new Findings();
  const isTooLarge = bytes.length > LARGEST_PAYLOAD;
  const payload = new Payload(isTooLarge ? new Uint8Array() : bytes);
  const members = isTooLarge ? refuse(bytes.length, findings) : check(payload, findings);
  const { findings: listed, omitted } = findings.list(payload);
  if (listed.length === 0) return { findings: [], omitted: 0, assumptions: [] };
  return { findings: listed, omitted, ...correct(members) };
}

function refuse(size: number, findings: Findings): undefined {
  findings.add({
    code: 'subscribe-too-large',
    at: 0,
    message: `The payload has ${size} bytes; more than ${LARGEST_PAYLOAD} are not read`,
    fix: 'Name fewer entities, or none, which means all conversations.',
  });
}

function check(payload: Payload, findings: Findings): MessageMembers | undefined {
  checkEncoding(payload, findings);
  const message = readMessage(payload.traced(), (remark) => findings.add(remark));
  if (message === undefined) return undefined;
  const members = new MessageMembers(message.object);
  checkMessage(message, members);
  return members;
}

function checkEncoding({ encoding, undecodable }: Payload, findings: Findings): void {
  if (encoding === 'utf-8-bom')
    findings.add({
      code: 'subscribe-byte-order-mark',
      at: 0,
      message: 'The payload begins with a byte-order mark (EF BB BF), which JSON does not allow',
      fix: 'Save the file as UTF-8 without BOM, or send the text from its first brace on.',
    });
  else if (encoding !== 'utf-8')
    findings.add({
      code: 'subscribe-not-utf8',
      at: 0,
      message: `The payload is ${encoding.toUpperCase()}; text on a WebSocket is UTF-8`,
      fix: 'Save it as UTF-8 without BOM (in Windows PowerShell, `>` writes UTF-16).',
    });
  for (const at of undecodable)
    findings.add({
      code: 'subscribe-not-utf8',
      at,
      message: 'These bytes are not UTF-8',
      fix: 'Save it as UTF-8.',
    });
}
