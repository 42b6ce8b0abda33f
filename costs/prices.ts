/** What AWS asks for one unit. */
export interface Price {
  /** In US dollars, without tax, without a free tier. */
  readonly usd: number;
  readonly per: string;
  /** Where it is from: a usage type of AWS's price list, or what else was gone by. */
  readonly source: string;
  /** When that was published or read. */
  readonly date: string;
  /** Not known for Tokyo: taken from another region, or from one that AWS gives without naming any. */
  readonly assumed: boolean;
}

function listed(usd: number, per: string, usageType: string, date: string): Price {
  return { usd, per, source: `price list, \`APN1-${usageType}\``, date, assumed: false };
}

function page(usd: number, per: string, where: string, date: string): Price {
  return { usd, per, source: where, date, assumed: false };
}

function assumed(usd: number, per: string, why: string, date: string): Price {
  return { usd, per, source: why, date, assumed: true };
}

const MILLION = 1_000_000;

/**
 * Every price that the bill is made of, for ap-northeast-1, and where it is from. Prices of the price list were read in
 * public copies of it, not on the list itself.
 */
export const PRICES = {
  fargateCpu: listed(0.04045, 'vCPU and hour', 'Fargate-ARM-vCPU-Hours:perCPU', '2026-07-07'),
  fargateMemory: listed(0.00442, 'GB and hour', 'Fargate-ARM-GB-Hours', '2026-07-07'),
  address: listed(0.005, 'hour', 'PublicIPv4:InUseAddress', '2026-09-25'),
  natHour: listed(0.062, 'hour', 'NatGateway-Hours', '2026-09-25'),
  natData: listed(0.062, 'GB', 'NatGateway-Bytes', '2026-09-25'),
  lambdaTime: assumed(
    0.0000133334,
    'GB and second, arm64',
    'four fifths of Tokyo’s price for x86, as in other regions',
    '2026-09-23',
  ),
  lambdaCall: listed(0.2 / MILLION, 'call', 'Request', '2026-09-23'),
  transition: page(0.000025, 'state transition', 'page on the prices of Step Functions, Tokyo', '2025'),
  schedule: assumed(1 / MILLION, 'invocation', 'EventBridge Scheduler, us-east-1', '2026-03'),
  event: assumed(1 / MILLION, '64 KB of an event', 'example on EventBridge’s page, names no region', '2025'),
  archiveIn: assumed(0.1, 'GB put into the archive', 'EventBridge, us-east-1', '2026-03'),
  archiveKept: assumed(0.023, 'GB and month in the archive', 'EventBridge, us-east-1', '2026-03'),
  pipe: assumed(0.4 / MILLION, '64 KB of a parked event', 'EventBridge Pipes, us-east-1', '2026-03'),
  tableWrite: listed(0.715 / MILLION, 'write unit', 'WriteRequestUnits', '2026-09-23'),
  tableRead: listed(0.1425 / MILLION, 'read unit', 'ReadRequestUnits', '2026-09-23'),
  queueRequest: listed(0.4 / MILLION, 'request', 'Requests-Tier1 (SQS)', '2026-09-23'),
  bodyPut: listed(4.7 / MILLION, 'body put', 'Requests-Tier1 (S3)', '2026-09-23'),
  bodyKept: listed(0.025, 'GB and month', 'TimedStorage-ByteHrs (S3)', '2026-09-23'),
  logIn: listed(0.76, 'GB written', 'DataProcessing-Bytes', '2026-09-23'),
  logKept: listed(0.033, 'GB and month', 'TimedStorage-ByteHrs (CloudWatch)', '2026-07-01'),
  flowLogIn: assumed(0.76, 'GB written', 'as other logs', '2026-09-23'),
  metric: listed(0.3, 'metric and month', 'CW:MetricMonitorUsage', '2026-09-23'),
  alarm: listed(0.1, 'metric in an alarm and month', 'CW:AlarmMonitorUsage', '2026-09-23'),
  dashboard: page(3, 'dashboard and month', 'price list, `DashboardsUsageHour`, the same everywhere', '2026'),
  secret: listed(0.4, 'secret and month', 'AWSSecretsManager-Secrets', '2026-09-23'),
  secretCall: assumed(0.05 / 10_000, 'call', 'Secrets Manager, us-east-1', '2026'),
  image: listed(0.1, 'GB and month', 'TimedStorage-ByteHrs (ECR)', '2026-09-23'),
} as const satisfies Record<string, Price>;
