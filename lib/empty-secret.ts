import { RemovalPolicy, Validations } from 'aws-cdk-lib';
import { type IGrantable, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { CfnSecret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';

/**
 * A secret that is created without a value, for someone to fill in: what it holds is in no template, no parameter and
 * no history of a deployment. The construct library's `Secret` always generates a value, so this is the plain
 * resource. Reading it before it has a value is answered with ResourceNotFoundException.
 */
export class EmptySecret extends Construct {
  readonly #arn: string;

  constructor(
    scope: Construct,
    id: string,
    props: { readonly secretName: string; readonly description: string },
  ) {
    super(scope, id);
    const resource = new CfnSecret(this, 'Resource', {
      name: props.secretName,
      description: props.description,
    });
    resource.applyRemovalPolicy(RemovalPolicy.DESTROY);
    this.#arn = resource.ref;
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-SMG4',
      reason:
        'The value is issued by another system, which has no interface for Secrets Manager to rotate it by. It is changed by hand, and taken up within minutes without a restart.',
    });
  }

  /** Lets somebody read the value, and nothing else of the secret. */
  grantRead(reader: IGrantable): void {
    reader.grantPrincipal.addToPrincipalPolicy(
      new PolicyStatement({ actions: ['secretsmanager:GetSecretValue'], resources: [this.#arn] }),
    );
  }
}
