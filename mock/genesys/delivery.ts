import { randomUUID } from 'node:crypto';
import type { Change } from '../contact-centre/change.ts';
import type { ChannelRegistry } from './channels.ts';
import type { Switches } from './switches.ts';
import type { WireRecord } from './wire-record.ts';

const ONE_FOR_ALL = randomUUID();

/** Writes what a change brings to every socket whose channel is subscribed to it. */
export class Delivery {
  readonly #channels: ChannelRegistry;
  readonly #switches: Switches;
  readonly #record: WireRecord;

  constructor(options: { channels: ChannelRegistry; switches: Switches; record: WireRecord }) {
    this.#channels = options.channels;
    this.#switches = options.switches;
    this.#record = options.record;
  }

  deliver(change: Change): void {
    for (const notification of change.notifications) {
      if (!notification.takesPart && this.#switches.afterTakingPart === 'not-sent') continue;
      const { topicName } = notification;
      let text: string | undefined;
      for (const channel of this.#channels.subscribers(topicName)) {
        if (!channel.socket?.open) continue;
        text ??= frame(topicName, notification.body(), this.#correlationId(change));
        if (!channel.socket.notify(text)) continue;
        this.#record.add({
          channelId: channel.id,
          topicName,
          conversationId: change.conversationId,
          change: change.id,
          text,
          at: change.at,
        });
      }
    }
  }

  #correlationId(change: Change): string {
    switch (this.#switches.correlationIds) {
      case 'per-change':
        return change.correlationId;
      case 'per-notification':
        return randomUUID();
      case 'one-for-all':
        return ONE_FOR_ALL;
    }
  }
}

function frame(topicName: string, body: string, correlationId: string): string {
  return `{"topicName":"${topicName}","version":"2","eventBody":${body},"metadata":{"CorrelationId":"${correlationId}"}}`;
}
