import { installed } from './install.ts';
import { freePort, startPeer } from './peer-process.ts';

/** A fault of Toxiproxy, in its own words. */
export interface Toxic {
  readonly type: 'latency' | 'bandwidth' | 'timeout' | 'reset_peer' | 'limit_data';
  /** Towards the client (downstream) or the server. */
  readonly stream: 'downstream' | 'upstream';
  readonly attributes: Readonly<Record<string, number>>;
}

/** A way through Toxiproxy. */
export interface ToxiproxyWay {
  readonly url: string;
  /** Begins at once, on connections that are there, too. */
  add(toxic: Toxic): Promise<void>;
  /** Refuses connections. */
  disable(): Promise<void>;
}

/** Starts Toxiproxy, for as long as the test runs. @returns what lays a way to a target of host and port */
export async function startToxiproxy(): Promise<(target: string) => Promise<ToxiproxyWay>> {
  const controlPort = await freePort();
  const program = await installed('toxiproxy');
  await startPeer(program, ['-host', '127.0.0.1', '-port', `${controlPort}`], controlPort);
  const order = async (path: string, body: object) => {
    const response = await fetch(`http://127.0.0.1:${controlPort}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    const answer = await response.text();
    if (!response.ok) throw new Error(`Toxiproxy answered ${response.status}: ${answer}`);
  };
  return async (target) => {
    const port = await freePort();
    const name = `to-${port}`;
    await order('/proxies', { name, listen: `127.0.0.1:${port}`, upstream: target, enabled: true });
    return {
      url: `http://127.0.0.1:${port}`,
      add: (toxic) => order(`/proxies/${name}/toxics`, toxic),
      disable: () => order(`/proxies/${name}`, { enabled: false }),
    };
  };
}
