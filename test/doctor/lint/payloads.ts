/** The subscribe message as the protocol describes it. */
export const GOOD =
  '{"id":"ws-sub-001","type":"subscribe","filter":{"eventTypes":["conversation:conversation:updated"],"entities":[]}}';

/** The message that began it all: it closes the socket right after it was acknowledged. */
export const THREAD =
  '{"id": "sub-1", "event_type": "conversation:conversation:updated", "id": "conv-12345"}';

export function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
