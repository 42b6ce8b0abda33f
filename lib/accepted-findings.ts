import { CfnResource, type Stack } from 'aws-cdk-lib';

interface Finding {
  readonly id: string;
  readonly reason: string;
  /** Of one resource only: how the path of its construct ends. */
  readonly only?: string;
}

const KEY =
  'Encrypted with a key that AWS keeps. A key of its own would add a policy that can be wrong, and a way to lose everything, where access is limited by IAM already.';

/**
 * What checkov finds and is meant to be so, by resource type, since nearly each reason holds for every resource of the type.
 * cdk-nag's findings are acknowledged where the resource is made.
 */
const ACCEPTED: Readonly<Record<string, readonly Finding[]>> = {
  'AWS::Logs::LogGroup': [{ id: 'CKV_AWS_158', reason: KEY }],
  'AWS::SecretsManager::Secret': [{ id: 'CKV_AWS_149', reason: KEY }],
  'AWS::SQS::Queue': [{ id: 'CKV_AWS_27', reason: 'It is encrypted, with keys of SQS (SSE-SQS).' }],
  'AWS::SNS::Topic': [
    {
      id: 'CKV_AWS_26',
      reason:
        'Alarms carry names and figures, no conversation. CloudWatch cannot publish to a topic under the AWS managed key, and a key of its own is one more thing that can keep an alarm from being heard.',
    },
  ],
  'AWS::ECS::Cluster': [
    {
      id: 'CKV_AWS_65',
      reason:
        'CPU and memory of a service come without Container Insights, and ConnectionLive tells whether its task lives.',
    },
  ],
  'AWS::DynamoDB::Table': [
    { id: 'CKV_AWS_119', reason: KEY },
    {
      id: 'CKV_AWS_28',
      only: 'ApiCaller/ProcessedEvents/Resource',
      reason: 'It holds hashes of what has been done; restoring an old state would be wrong.',
    },
  ],
  'AWS::S3::Bucket': [
    {
      id: 'CKV_AWS_18',
      reason: 'An access log would be a second bucket to keep, for bodies that live for days.',
    },
    {
      id: 'CKV_AWS_21',
      reason: 'A body is written once, under the id of its event; a second time it is the same one.',
    },
  ],
  'AWS::Lambda::Function': [
    {
      id: 'CKV_AWS_116',
      reason: 'What fails goes to the on-failure destination, which also keeps the error.',
    },
    { id: 'CKV_AWS_117', reason: 'It reaches nothing inside a VPC; the API is on the internet.' },
    {
      id: 'CKV_AWS_115',
      reason: 'A limit is api.maxConcurrency to set; a new account has too little to reserve any.',
    },
    { id: 'CKV_AWS_173', reason: 'Its variables are settings, none of them secret.' },
  ],
};

/** Writes the accepted findings into the template, where checkov reads them. */
export function acceptFindings(stack: Stack): void {
  for (const construct of stack.node.findAll()) {
    if (!CfnResource.isCfnResource(construct)) continue;
    const findings = (ACCEPTED[construct.cfnResourceType] ?? []).filter(
      ({ only }) => only === undefined || construct.node.path.endsWith(`/${only}`),
    );
    if (findings.length === 0) continue;
    const skip = findings.map(({ id, reason }) => ({ id, comment: reason }));
    construct.addMetadata('checkov', { skip });
  }
}
