import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Platform } from 'aws-cdk-lib/aws-ecr-assets';
import { ContainerImage } from 'aws-cdk-lib/aws-ecs';
import { buildSync } from 'esbuild';

const ROOT = join(import.meta.dirname, '..');

/** The image runs nothing while it is built, so a machine of any architecture builds it for arm64 without emulation. */
const DOCKERFILE = `FROM public.ecr.aws/docker/library/node:24-slim
ENV NODE_ENV=production
WORKDIR /app
COPY main.mjs main.mjs.map doctor.mjs doctor.mjs.map ./
USER node
ENTRYPOINT ["node", "--enable-source-maps"]
CMD ["main.mjs"]
`;

/**
 * Writes what the listener's image is built from: the Dockerfile, the listener with all it needs in one file, and
 * the doctor in another. The
 * folder holds nothing else, and its content depends on the sources alone, so an unchanged listener is not deployed
 * again.
 */
export function bundleListenerImage(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
  buildSync({
    absWorkingDir: ROOT,
    entryPoints: { main: 'listener/container.ts', doctor: 'doctor/container.ts' },
    outdir: directory,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    mainFields: ['module', 'main'],
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    // Native accelerators of ws, which it does without when they are missing.
    external: ['bufferutil', 'utf-8-validate'],
    // CommonJS packages among the dependencies ask for it.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    logLevel: 'warning',
  });
  writeFileSync(join(directory, 'Dockerfile'), DOCKERFILE);
}

/** The image of the listener as it is now. It is built when it is deployed, by Docker or what takes its place. */
export function listenerImage(directory: string): ContainerImage {
  bundleListenerImage(directory);
  return ContainerImage.fromAsset(directory, { platform: Platform.LINUX_ARM64 });
}
