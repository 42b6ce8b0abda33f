import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Ledger, type LedgerOutcome } from '../../bin/laptop/ledger.ts';
import { ContactCentre } from '../../mock/contact-centre/contact-centre.ts';
import { DEFAULT_CLIENT, type MockGenesys, startMockGenesys } from '../../mock/genesys/server.ts';
import { cdk, fitToEmulator } from './assembly.ts';
import { Cloud, type ReceivedEvent } from './cloud.ts';
import { awsBlocks, runBlock } from './documented-commands.ts';
import { type Emulator, startEmulator } from './emulator.ts';
import { relayOnEmulator } from './relay-assembly.ts';
import { RelayCloud } from './relay-cloud.ts';

/** Of a deployment, and of processes that nobody else's tests may hit. */
const NAME = `relay-${process.pid}`;
const RELAYS = 6;
const TURNS = 3;
/** Seconds. An invocation calls back 30 s before its end. */
const INVOCATION = 38;
const HANDOVER = 10;
const QUEUE_TOPIC = /^v2\.routing\.queues\.[^.]+\.conversations$/;

describe('a relayed listener, deployed to an AWS emulator by the CDK', { timeout: 500_000 }, () => {
  let emulator: Emulator;
  let folder: string;
  let genesys: MockGenesys;
  let cloud: Cloud;
  let relay: RelayCloud;
  const centre = new ContactCentre({ seed: 12, rate: 25 });
  /** Changes of the contact centre that the topics tell of, since the first relay was live. */
  const due = new Set<number>();

  let failures: (string | undefined)[];
  let afterRelays: ReceivedEvent[];
  let ledger: LedgerOutcome;
  let written: Set<number>;
  let killed: number;
  let afterDeath: ReceivedEvent[];
  let names: string[];
  let executionsOfRelays: readonly string[][];

  beforeAll(async () => {
    emulator = await startEmulator();
    folder = await mkdtemp(join(tmpdir(), 'conversation-bridge-relay-'));
    genesys = await startMockGenesys({ contactCentre: centre });
    cloud = new Cloud(emulator);
    relay = new RelayCloud(emulator, NAME);
    await deploy();
    const queue = await cloud.createQueueWithRule(NAME, 'everything', { source: ['conversation-bridge'] });

    // It can't begin: its configuration is spoilt.
    await relay.start();
    failures = await until(async () => {
      const [only] = await relay.executions();
      const events = only === undefined ? [] : await relay.history(only);
      const causes = events.flatMap(({ taskFailedEventDetails }) => taskFailedEventDetails?.cause ?? []);
      return causes.length >= 2 ? causes : undefined;
    });
    await relay.setEnvironment({ LOG_LEVEL: 'info' });

    // Relays that hand over to each other, under load.
    const epochs = new Set<number>();
    await until(async () => (await relay.epoch()) > 0 || undefined);
    centre.on('change', ({ id, notifications }) => {
      if (notifications.some(({ topicName }) => QUEUE_TOPIC.test(topicName))) due.add(id);
    });
    centre.start();
    await until(async () => epochs.add(await relay.epoch()).size >= RELAYS || undefined);
    centre.stop();
    await delay(3_000);
    afterRelays = await cloud.takeAll(queue);
    ledger = judged(afterRelays, genesys);
    written = new Set([...genesys.record].map(({ change }) => change));

    // One that dies.
    centre.start();
    const before = await relay.epoch();
    killed = await relay.killRelays();
    await until(async () => (await relay.epoch()) > before || undefined);
    afterDeath = [];
    await until(async () => {
      afterDeath.push(...(await cloud.takeAll(queue)));
      return afterDeath.some((event) => event['detail-type'] === 'Bridge Gap Closed') || undefined;
    });
    centre.stop();

    // Somebody stops what keeps it running.
    await relay.stopExecutions();
    await until(
      async () => (await relay.executions()).some(({ status }) => status === 'RUNNING') || undefined,
    );
    const [{ executionArn } = { executionArn: '' }] = await relay.executions();
    await until(async () => {
      const running = (await relay.executions()).find((each) => each.executionArn === executionArn);
      const events = running === undefined ? [] : await relay.history(running);
      return events.some(({ type }) => type === 'TaskScheduled') || undefined;
    });
    names = (await relay.executions()).map(({ name = '' }) => name);
    executionsOfRelays = await Promise.all(
      (await relay.executions()).map(async (execution) =>
        (await relay.history(execution)).flatMap(
          ({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? [],
        ),
      ),
    );
  }, 500_000);

  afterAll(async () => {
    centre.stop();
    await relay?.stopExecutions();
    await relay?.killRelays();
    await genesys?.close();
    await emulator?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function deploy(): Promise<void> {
    const config = join(folder, 'config.json');
    await writeFile(config, JSON.stringify({ name: NAME, shape: 'relay' }));
    const home = join(folder, 'cdk-home');
    await mkdir(home);
    const env = {
      ...emulator.environment,
      AWS_DEFAULT_REGION: emulator.region,
      AWS_EC2_METADATA_DISABLED: 'true',
      CDK_HOME: home,
    };
    const assembly = join(folder, 'cdk.out');
    await cdk(['synth', '--quiet', '--output', assembly, '-c', `config=${config}`], { CDK_HOME: home });
    await fitToEmulator(assembly);
    const { id, secret } = DEFAULT_CLIENT;
    await relayOnEmulator(assembly, {
      functionName: relay.functionName,
      environment: {
        GENESYSCLOUD_OAUTHCLIENT_ID: id,
        GENESYSCLOUD_OAUTHCLIENT_SECRET: secret,
        GENESYS_SECRET_ID: '',
        GENESYSCLOUD_LOGIN_URL: genesys.loginUrl,
        GENESYSCLOUD_API_URL: genesys.apiUrl,
        HANDOVER_SECONDS: String(HANDOVER),
        // Longer than a relay lives here, it would never be over.
        ANALYTICS_LAG_SECONDS: '1',
        LOG_LEVEL: 'shouting',
      },
      invocationSeconds: INVOCATION,
      silenceSeconds: 20,
      turns: TURNS,
    });
    await cdk(['bootstrap', `aws://000000000000/${emulator.region}`], env);
    await cdk(['deploy', '--app', assembly, '--require-approval', 'never'], env);
  }

  it('that can’t begin says why to the state machine, which tries again', () => {
    expect(failures[0]).toMatch(/LOG_LEVEL: "shouting" is not one of/);
    expect(failures.length).toBeGreaterThanOrEqual(2);
  });

  it('hands over again and again, and nothing is missed, lost or taken for a gap', () => {
    expect(due.size).toBeGreaterThan(200);
    expect([...due].filter((change) => change <= Math.max(...written) && !written.has(change))).toEqual([]);
    expect(ledger).toMatchObject({ parked: 0, lost: 0 });
    const types = afterRelays.map((event) => event['detail-type']);
    expect(types.filter((type) => type === 'Bridge Gap Detected')).toEqual([]);
  });

  it('publishes each change once, though two relays receive it', () => {
    const ids = afterRelays.flatMap(({ detail }) =>
      'topicName' in detail ? [JSON.stringify(detail['bridge'])] : [],
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('that dies is replaced, and what was missed is told as a gap and closed', () => {
    expect(killed).toBeGreaterThan(0);
    const types = afterDeath.map((event) => event['detail-type']);
    expect(types).toContain('Bridge Gap Detected');
    expect(types).toContain('Bridge Gap Closed');
  });

  it('renews its execution under the next number before its history grows too long', () => {
    const [root = ''] = names.filter((name) => names.includes(`${name}-1`));
    expect(root).not.toBe('');
    for (const states of executionsOfRelays)
      expect(states.filter((state) => state === 'Relay').length).toBeLessThanOrEqual(TURNS);
  });

  it('is started again by the schedule when it was stopped, and is left alone while it runs', () => {
    const idle = executionsOfRelays.filter((states) => !states.includes('Relay') && states.includes('Leave'));
    expect(idle.length).toBeGreaterThan(0);
    expect(executionsOfRelays[0]).toContain('Relay');
  });

  it.each(['deploy.md', 'runbook.md'])('takes each command for relays of docs/%s', async (document) => {
    const blocks = (await awsBlocks(document)).filter((block) => block.includes('stepfunctions'));
    expect(blocks).toHaveLength(1);
    const [block = ''] = blocks;
    await runBlock(`NAME=${NAME} SHARD=0\n${block.replaceAll('conversation-bridge', NAME)}`, {
      environment: emulator.environment,
    });
  });

  it('restarts by the command of docs/runbook.md, though an execution has ended before it can be stopped', async () => {
    const [block = ''] = (await awsBlocks('runbook.md')).filter((one) => one.includes('stop-execution'));
    const tooLate = block.replace('--status-filter RUNNING', '--status-filter SUCCEEDED');
    expect(tooLate).not.toBe(block);
    const output = await runBlock(`NAME=${NAME} SHARD=0\n${tooLate}`, { environment: emulator.environment });
    expect(output).toMatch(/^"SUCCEEDED"$/m);
  });
});

function judged(events: readonly ReceivedEvent[], { record }: MockGenesys): LedgerOutcome {
  const ledger = new Ledger();
  for (const entry of record) ledger.written(entry);
  for (const { detail } of events) if ('topicName' in detail) ledger.taken(JSON.stringify(detail));
  return ledger.outcome();
}

/** Asks until there is an answer. */
async function until<Answer>(ask: () => Promise<Answer | undefined>): Promise<Answer> {
  for (let attempt = 0; attempt < 600; attempt++) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await delay(300);
  }
  throw new Error('it never came to that');
}
