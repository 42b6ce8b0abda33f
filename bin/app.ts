import { join } from 'node:path';
import { App, Validations } from 'aws-cdk-lib';
import { AwsSolutionsChecks } from 'cdk-nag';
import { BridgeStack } from '../lib/bridge-stack.ts';
import { parseStackConfig, type StackConfig } from '../lib/config.ts';
import { gatherConfig } from '../lib/config-source.ts';
import { listenerImage } from '../lib/listener-image.ts';
import { ConfigError } from '../listener/config.ts';

const EXIT_USAGE = 2;
const IMAGE_DIRECTORY = join(import.meta.dirname, '../dist/image');

/** The CDK app: what `cdk synth` and `cdk deploy` run. */
const app = new App();
const config = readConfiguration();
if (config === undefined) process.exitCode = EXIT_USAGE;
else {
  new BridgeStack(app, config.name, { config, image: listenerImage(IMAGE_DIRECTORY) });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  app.synth();
}

function readConfiguration(): StackConfig | undefined {
  try {
    return parseStackConfig(gatherConfig(app.node.getAllContext()));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) process.stderr.write(`${problem}\n`);
    return undefined;
  }
}
