import { randomUUID } from 'node:crypto';
import { existsSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Random } from '../../mock/contact-centre/random.ts';
import type { Fault, Stage } from './fault.ts';

function someConversations(stage: Stage, random: Random, count: number): string[] {
  const open = [...stage.openConversations()];
  const chosen: string[] = [];
  while (chosen.length < count && open.length > 0)
    chosen.push(...open.splice(random.int(0, open.length - 1), 1));
  return chosen;
}

/** Conversations whose bodies are so large for some seconds. */
function large(name: string, does: string, bytes: number, count: number): Fault {
  return {
    name,
    does,
    lane: 'frames',
    lastsMs: 4_000,
    mayMiss: false,
    fillsBuffer: true,
    play: async (stage, random) => {
      const chosen = someConversations(stage, random, count);
      for (const id of chosen) stage.centre.enlarge(id, bytes);
      await stage.pause(random.int(1_500, 3_500));
      for (const id of chosen) stage.centre.enlarge(id, 0);
      return { detail: `${chosen.length} conversations` };
    },
  };
}

const malformed = (marker: string) => [
  `{"topicName":"v2.routing.queues.x.conversations","eventBody":{"id":"${marker}"`,
  `"${marker}"`,
  `{"topicName":5,"eventBody":{"id":"${marker}"}}`,
  `${marker} is no JSON`,
];

async function sendMalformed(stage: Stage, random: Random): Promise<void> {
  const marker = `malformed-${randomUUID()}`;
  stage.sendGarbage(random.pick(malformed(marker)), marker);
  await stage.pause(random.int(50, 300));
}

/** What comes off the socket that is unusual, and a disk that takes nothing. */
export const FRAME_FAULTS: readonly Fault[] = [
  {
    name: 'repetitions',
    does: 'announces conversations again as they are, several times in a row, as mute, unmute, mute does',
    lane: 'frames',
    lastsMs: 5_000,
    mayMiss: false,
    play: async (stage, random) => {
      let repeated = 0;
      for (let round = 0; round < 20; round += 1) {
        for (const id of someConversations(stage, random, 2)) {
          const times = random.int(1, 3);
          for (let time = 0; time < times; time += 1) repeated += Number(stage.centre.repeat(id));
        }
        await stage.pause(random.int(20, 400));
      }
      return { detail: `${repeated} times` };
    },
  },
  {
    name: 'malformed',
    does: 'sends frames that are no notifications',
    lane: 'frames',
    lastsMs: 2_000,
    mayMiss: false,
    play: async (stage, random) => {
      for (let count = 0; count < 5; count += 1) await sendMalformed(stage, random);
      return { detail: '5 frames' };
    },
  },
  {
    name: 'binary',
    does: 'sends binary frames',
    lane: 'frames',
    lastsMs: 2_000,
    mayMiss: false,
    play: async (stage, random) => {
      for (let count = 0; count < 3; count += 1) {
        const marker = `binary-${randomUUID()}`;
        const noise = Buffer.from([0, 255, random.int(0, 255), 128]);
        stage.sendGarbage(Buffer.concat([noise, Buffer.from(marker), noise]), marker);
        await stage.pause(random.int(50, 300));
      }
      return { detail: '3 frames' };
    },
  },
  large('oversize', 'lets conversations grow to 300 KB for some seconds', 300_000, 3),
  large('huge', 'lets a conversation grow to 1.2 MB for some seconds', 1_200_000, 1),
  {
    name: 'disk-full',
    does: 'takes away the folders for parked events and for large bodies for some seconds, while there is need of them',
    lane: 'frames',
    lastsMs: 6_000,
    mayMiss: false,
    fillsBuffer: true,
    play: async (stage, random) => {
      const folders = [stage.fleet.payloadDir, ...stage.fleet.running.map(({ parkingDir }) => parkingDir)];
      // Modes don't stop root; a file where a folder should be stops everyone.
      for (const folder of folders) {
        if (existsSync(folder)) renameSync(folder, `${folder}.aside`);
        writeFileSync(folder, '');
      }
      const [conversation] = someConversations(stage, random, 1);
      if (conversation !== undefined) stage.centre.enlarge(conversation, 300_000);
      for (let count = 0; count < 4; count += 1) await sendMalformed(stage, random);
      await stage.pause(random.int(1_000, 4_000));
      if (conversation !== undefined) stage.centre.enlarge(conversation, 0);
      for (const folder of folders) {
        rmSync(folder);
        if (existsSync(`${folder}.aside`)) renameSync(`${folder}.aside`, folder);
      }
      return { detail: `${folders.length} folders` };
    },
  },
];
