import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { installed } from './install.ts';
import { freePort, scratchDirectory, startPeer } from './peer-process.ts';

/** What passes an upgrade on, as nginx's manual has it. */
export const PASSES_UPGRADES = `
  proxy_http_version 1.1;
  proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection "upgrade";`;

/**
 * Starts nginx as a reverse proxy, for as long as the test runs.
 * @param target host and port of the server behind it
 * @param sockets directives of the locations where sockets are opened
 * @param rest directives of all other locations
 * @returns its address
 */
export async function startNginx(target: string, sockets: string, rest = ''): Promise<string> {
  const program = await installed('nginx');
  const port = await freePort();
  const directory = await scratchDirectory();
  const configuration = join(directory, 'nginx.conf');
  await writeFile(
    configuration,
    `daemon off;
user root;
worker_processes 1;
pid ${directory}/nginx.pid;
error_log stderr warn;
events { worker_connections 64; }
http {
  access_log off;
  ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${directory}/${name};`).join(' ')}
  server {
    listen 127.0.0.1:${port};
    location ~ ^/(channels/|websocket) { ${sockets} proxy_pass http://${target}; }
    location / { ${rest} proxy_pass http://${target}; }
  }
}
`,
  );
  await startPeer(program, ['-p', directory, '-c', configuration, '-e', 'stderr'], port);
  return `http://127.0.0.1:${port}`;
}
