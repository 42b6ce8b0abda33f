import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Tasks } from '../listeners/tasks.ts';
import { answerCallback, type Health, STEP_FUNCTIONS } from './step-functions.ts';

/** What a listener takes as `AWS_ENDPOINT_URL`: a secret and tasks that the campaign holds, and behind it the event bus. */
export interface AwsGateway {
  /** An address of its own for each caller, so that it is known who calls. */
  urlFor(caller: string): string;
  /** The present value of the secret, as text. */
  secret: string;
  /** Who last had events taken by the bus. */
  readonly lastPublisher: string | undefined;
  /** Each time that another caller than before had events taken; milliseconds since the Unix epoch. */
  readonly publishers: readonly { readonly caller: string; readonly at: number }[];
  /** What relays are started for, and call back about. */
  readonly tasks: Tasks;
  stepFunctions: Health;
  close(): Promise<void>;
}

const SECRET_TARGET = 'secretsmanager.GetSecretValue';

/** Starts the gateway in front of a bus. It passes on faults of the bus as they are, cut connections included. */
export async function startAwsGateway(busUrl: string, secret: string): Promise<AwsGateway> {
  const publishers: { caller: string; at: number }[] = [];
  const state: Pick<AwsGateway, 'secret' | 'stepFunctions'> = { secret, stepFunctions: 'well' };
  const tasks = new Tasks();
  const server = createServer((incoming, outgoing) => {
    const caller = (incoming.url ?? '/').split('/')[1] ?? '';
    if (incoming.headers['x-amz-target'] === SECRET_TARGET) {
      incoming.resume();
      answerSecret(outgoing, state.secret);
      return;
    }
    if (String(incoming.headers['x-amz-target']).startsWith(STEP_FUNCTIONS)) {
      void answerCallback(incoming, outgoing, { tasks, health: state.stepFunctions });
      return;
    }
    passOn(incoming, outgoing, busUrl, () => {
      if (publishers.at(-1)?.caller !== caller) publishers.push({ caller, at: Date.now() });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  const port = portOf(server.address());
  return {
    urlFor: (caller) => `http://127.0.0.1:${port}/${caller}`,
    get secret() {
      return state.secret;
    },
    set secret(value: string) {
      state.secret = value;
    },
    tasks,
    get stepFunctions() {
      return state.stepFunctions;
    },
    set stepFunctions(health) {
      state.stepFunctions = health;
    },
    get lastPublisher() {
      return publishers.at(-1)?.caller;
    },
    publishers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function answerSecret(outgoing: ServerResponse, secret: string): void {
  outgoing.writeHead(200, { 'content-type': 'application/x-amz-json-1.1' });
  outgoing.end(
    JSON.stringify({
      ARN: 'arn:aws:secretsmanager:ap-northeast-1:123456789012:secret:chaos',
      Name: 'chaos',
      SecretString: secret,
      VersionId: '00000000-0000-4000-8000-000000000000',
      VersionStages: ['AWSCURRENT'],
      CreatedDate: 0,
    }),
  );
}

function passOn(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  busUrl: string,
  taken: () => void,
): void {
  const { host: _host, ...headers } = incoming.headers;
  const onward = request(busUrl, { method: incoming.method ?? 'POST', headers }, (answer) => {
    if (answer.statusCode === 200) taken();
    outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(outgoing);
  });
  // To the caller a bus that cuts the connection has to look as it does without the gateway.
  onward.on('error', () => outgoing.destroy());
  incoming.on('error', () => onward.destroy());
  outgoing.on('close', () => onward.destroy());
  incoming.pipe(onward);
}

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string') throw new Error('the gateway has no port');
  return address.port;
}
