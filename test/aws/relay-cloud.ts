import { readdir, readFile } from 'node:fs/promises';
import {
  type ExecutionListItem,
  GetExecutionHistoryCommand,
  type HistoryEvent,
  ListExecutionsCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { z } from 'zod';
import { createStateTableClient } from '../../listener/continuity/state-table.ts';
import type { Emulator } from './emulator.ts';

const configurationSchema = z.looseObject({
  Environment: z.object({ Variables: z.record(z.string(), z.string()) }),
});

/** A relay that the CDK has deployed to an emulator, as its operator sees it. */
export class RelayCloud {
  readonly #sfn: SFNClient;
  readonly #table: ReturnType<typeof createStateTableClient>;
  readonly #emulator: Emulator;
  readonly #name: string;

  /** @param name of the deployment, with one shard `0` */
  constructor(emulator: Emulator, name: string) {
    const { endpoint, region } = emulator;
    const settings = { endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
    this.#sfn = new SFNClient(settings);
    this.#table = createStateTableClient(settings);
    this.#emulator = emulator;
    this.#name = name;
  }

  get functionName(): string {
    return `${this.#name}-listener-0`;
  }

  get #stateMachineArn(): string {
    return `arn:aws:states:${this.#emulator.region}:000000000000:stateMachine:${this.functionName}`;
  }

  async start(): Promise<void> {
    await this.#sfn.send(new StartExecutionCommand({ stateMachineArn: this.#stateMachineArn }));
  }

  /** Newest first. */
  async executions(): Promise<ExecutionListItem[]> {
    const { executions = [] } = await this.#sfn.send(
      new ListExecutionsCommand({ stateMachineArn: this.#stateMachineArn }),
    );
    return executions;
  }

  async history({ executionArn }: ExecutionListItem): Promise<HistoryEvent[]> {
    const { events = [] } = await this.#sfn.send(
      new GetExecutionHistoryCommand({ executionArn, maxResults: 1_000 }),
    );
    return events;
  }

  /** Aborts whatever keeps the listener running. */
  async stopExecutions(): Promise<void> {
    for (const { executionArn, status } of await this.executions())
      if (status === 'RUNNING') await this.#sfn.send(new StopExecutionCommand({ executionArn }));
  }

  /** The term of whoever publishes, or did last. */
  async epoch(): Promise<number> {
    const { Item } = await this.#table.send(
      new GetCommand({
        TableName: `${this.#name}-state`,
        Key: { pk: 'shard#0', sk: 'lease' },
        ConsistentRead: true,
      }),
    );
    return z.object({ epoch: z.number() }).catch({ epoch: 0 }).parse(Item).epoch;
  }

  async setEnvironment(changes: Readonly<Record<string, string>>): Promise<void> {
    const url = `${this.#emulator.endpoint}/2015-03-31/functions/${this.functionName}/configuration`;
    const { Environment } = configurationSchema.parse(await (await fetch(url)).json());
    const body = JSON.stringify({ Environment: { Variables: { ...Environment.Variables, ...changes } } });
    const answer = await fetch(url, { method: 'PUT', body });
    if (!answer.ok) throw new Error(`the function could not be changed: ${answer.status}`);
  }

  /** Kills whatever runs the listener now. @returns how many processes that were */
  async killRelays(): Promise<number> {
    let killed = 0;
    for (const pid of (await readdir('/proc')).filter((entry) => /^\d+$/.test(entry))) {
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
      const folder = command
        .split('\0')
        .find((part) => part.includes(`/ministack-lambda-${this.functionName}-`));
      if (folder === undefined || folder.includes('-starter-')) continue;
      process.kill(Number(pid), 'SIGKILL');
      killed++;
    }
    return killed;
  }
}
