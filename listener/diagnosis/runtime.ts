import type { Runtime } from './evidence.ts';

/** Where this process runs, by the variables that AWS sets. */
export function runtimeOf(env: Readonly<Record<string, string | undefined>>): Runtime {
  if (env['AWS_LAMBDA_FUNCTION_NAME'] !== undefined) return 'lambda';
  const isEcs = env['ECS_CONTAINER_METADATA_URI_V4'] !== undefined;
  if (env['AWS_EXECUTION_ENV'] === 'AWS_ECS_FARGATE' || isEcs) return 'fargate';
  return 'other';
}
