import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { FAULTS } from '../../chaos/faults/catalogue.ts';
import type { Stage } from '../../chaos/faults/fault.ts';
import { PROCESS_FAULTS } from '../../chaos/faults/processes.ts';
import { stageOf } from '../../chaos/world/stage.ts';
import { World } from '../../chaos/world/world.ts';
import { createEventBridgeBus, createEventBridgeClient } from '../../listener/publish/eventbridge-bus.ts';
import { Random } from '../../mock/contact-centre/random.ts';
import { DEFAULT_CLIENT } from '../../mock/genesys/server.ts';
import { TestSocket } from '../mock/genesys/harness.ts';

const entry = { source: 's', detailType: 't', detail: '{}', time: new Date(0) };

/** A world with no listener in it, whose faults wait for nothing. */
async function startWorld() {
  const folder = mkdtempSync(join(tmpdir(), 'chaos-'));
  const world = await World.start({
    folder,
    shape: 'fargate',
    program: 'none',
    standby: false,
    seed: 3,
    rate: 20,
  });
  onTestFinished(async () => {
    await world.close();
    rmSync(folder, { recursive: true });
  });
  const stage: Stage = { ...stageOf(world, AbortSignal.abort()), until: async (condition) => condition() };
  return { world, stage, ...client(world) };
}

/** Everything that a listener does, with the secret that AWS has. */
function client({ genesys, aws }: World) {
  const Secret = z.object({ clientSecret: z.string() });
  const Token = z.object({ access_token: z.string() });
  const Channel = z.object({ id: z.string(), connectUri: z.string() });
  const call = async (path: string, authorization: string, body?: string | URLSearchParams) => {
    const method = body === undefined ? 'GET' : 'POST';
    const answer = await fetch(genesys.url + path, {
      method,
      headers: { authorization },
      ...(body === undefined ? {} : { body }),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return JSON.parse(await answer.text());
  };
  const connect = async () => {
    const { clientSecret } = Secret.parse(JSON.parse(aws.secret));
    const basic = Buffer.from(`${DEFAULT_CLIENT.id}:${clientSecret}`).toString('base64');
    const grant = new URLSearchParams({ grant_type: 'client_credentials' });
    const { access_token: token } = Token.parse(await call('/oauth/token', `Basic ${basic}`, grant));
    const channels = '/api/v2/notifications/channels';
    const channel = Channel.parse(await call(channels, `Bearer ${token}`, ''));
    return TestSocket.open(channel.connectUri);
  };
  const publish = async () => {
    const eventBridge = createEventBridgeClient({
      region: 'ap-northeast-1',
      endpoint: aws.urlFor('test'),
      credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
    });
    onTestFinished(() => eventBridge.destroy());
    return createEventBridgeBus({ client: eventBridge, eventBusName: 'conversation-bridge' }).put([entry]);
  };
  return { connect, publish };
}

describe('every fault', () => {
  const without = FAULTS.filter((fault) => !PROCESS_FAULTS.includes(fault));

  it.each(without)('$name heals', async (fault) => {
    const { world, stage, connect, publish } = await startWorld();
    for (let step = 0; step < 60; step += 1) world.centre.step();
    await connect();
    const { detail } = await fault.play(stage, new Random(1));
    expect(typeof detail).toBe('string');
    const socket = await connect();
    expect(await socket.untilPong()).toEqual([]);
    const results = await Promise.all([publish(), publish(), publish(), publish()]);
    expect(results.flat().every(({ accepted }) => accepted)).toBe(true);
  });

  it('names itself and says what it does', () => {
    for (const { name, does, lastsMs } of FAULTS) {
      expect(name).toMatch(/^[a-z]+(-[a-z0-9]+)*$/);
      expect(does).toMatch(/^[a-z].{15,}[^.]$/);
      expect(lastsMs).toBeLessThan(15_000);
    }
  });
});

describe('the books of the world', () => {
  it('tell garbage only when a socket took it, and the latest conversations that are open', async () => {
    const { world, stage, connect } = await startWorld();
    stage.sendGarbage('nobody hears this', 'marker-1');
    const socket = await connect();
    stage.sendGarbage('marker-2', 'marker-2');
    expect(await socket.nextText()).toBe('marker-2');
    expect(world.garbage.map(({ marker }) => marker)).toEqual(['marker-2']);
    expect(stage.openConversations()).toEqual([]);
  });

  it('have no garbage of a socket that is silent, which does not get it either', async () => {
    const { world, stage, connect } = await startWorld();
    const socket = await connect();
    world.genesys.controls.stall();
    stage.sendGarbage('marker-1', 'marker-1');
    world.genesys.controls.resume();
    stage.sendGarbage('marker-2', 'marker-2');
    expect(await socket.nextText()).toBe('marker-2');
    expect(world.garbage.map(({ marker }) => marker)).toEqual(['marker-2']);
  });

  it('know every secret, old and new', async () => {
    const { world, stage } = await startWorld();
    stage.rotateSecret('new-secret');
    expect(world.unspeakable).toEqual(expect.arrayContaining([DEFAULT_CLIENT.secret, 'new-secret']));
  });

  it('have the truth of conversations that a queue was told of, and no others', async () => {
    const { world } = await startWorld();
    const told = new Set<string>();
    world.centre.on('change', ({ conversationId, notifications }) => {
      if (conversationId !== undefined && notifications.some(({ topicName }) => topicName.includes('queues')))
        told.add(conversationId);
    });
    for (let step = 0; step < 300; step += 1) world.centre.step();
    expect(told.size).toBeGreaterThan(10);
    expect(new Set(world.truth().keys())).toEqual(told);
  });
});
