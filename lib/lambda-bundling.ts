import { type BundlingOptions, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';

/** How code that runs in Lambda is bundled. */
export const LAMBDA_BUNDLING: BundlingOptions = {
  format: OutputFormat.ESM,
  target: 'node20',
  mainFields: ['module', 'main'],
  sourceMap: true,
  sourcesContent: false,
  // The SDK goes with the code, so that what runs is what was tested. Native accelerators of ws it does without.
  externalModules: ['bufferutil', 'utf-8-validate'],
  // CommonJS packages among the dependencies ask for it.
  banner:
    "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
};
