import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';

/** A request as the API received it. */
export interface ReceivedRequest {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the API does with a request. */
export type Reply = (response: ServerResponse, request: IncomingMessage, body: string) => void;

export const status =
  (code: number, headers: Readonly<Record<string, string>> = {}): Reply =>
  (response) =>
    response.writeHead(code, headers).end();

/** An HTTP API on loopback that replies as told, in turn; the last reply stays. */
export class ApiServer {
  readonly received: ReceivedRequest[] = [];
  readonly #server = createServer((request, response) => void this.#take(request, response));
  #replies: Reply[] = [status(204)];

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('the server has no port');
    return `http://127.0.0.1:${address.port}`;
  }

  replies(...replies: Reply[]): void {
    this.#replies = replies;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { method, url, headers } = request;
    this.received.push({ method, url, headers, body });
    const [reply] = this.#replies;
    if (this.#replies.length > 1) this.#replies.shift();
    reply?.(response, request, body);
  }
}
