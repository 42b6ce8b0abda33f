import { RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import {
  CfnEIP,
  FlowLogDestination,
  IpAddresses,
  type ISubnet,
  type IVpc,
  NatProvider,
  Peer,
  Port,
  SecurityGroup,
  Subnet,
  type SubnetConfiguration,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { Construct, type IDependable } from 'constructs';
import type { NetworkConfig } from './config.ts';

const AVAILABILITY_ZONES = 2;
const PUBLIC: SubnetConfiguration = {
  name: 'public',
  subnetType: SubnetType.PUBLIC,
  cidrMask: 24,
  mapPublicIpOnLaunch: false,
};
const PRIVATE: SubnetConfiguration = {
  name: 'private',
  subnetType: SubnetType.PRIVATE_WITH_EGRESS,
  cidrMask: 24,
};

export interface ListenerNetworkProps {
  readonly network: NetworkConfig;
  readonly logRetention: RetentionDays;
}

/**
 * Where the listener runs. It calls out and is never called, so there is no inbound rule, no load balancer and no
 * open port; the public mode needs a public IP only because that is the way out without a NAT gateway.
 */
export class ListenerNetwork extends Construct {
  readonly vpc: IVpc;
  readonly subnets: ISubnet[];
  readonly assignPublicIp: boolean;
  readonly securityGroup: SecurityGroup;
  /** The addresses Genesys Cloud sees, for its allow-list; empty when they are not fixed. */
  readonly fixedAddresses: readonly string[];
  /** What must stand before a task can reach anything; undefined when it stands already. */
  readonly connectivity: IDependable | undefined;

  constructor(scope: Construct, id: string, { network, logRetention }: ListenerNetworkProps) {
    super(scope, id);
    if (network.mode === 'existing') {
      this.vpc = byId(this, network.vpcId);
      this.subnets = network.subnetIds.map((subnetId) => this.#existingSubnet(subnetId));
      this.assignPublicIp = network.publicIp;
      this.fixedAddresses = [];
      this.connectivity = undefined;
    } else {
      const addresses = network.mode === 'private' ? this.#addresses(network.natGateways) : [];
      const vpc = new Vpc(this, 'Vpc', {
        ipAddresses: IpAddresses.cidr('10.0.0.0/16'),
        maxAzs: AVAILABILITY_ZONES,
        natGateways: addresses.length,
        subnetConfiguration: network.mode === 'private' ? [PUBLIC, PRIVATE] : [PUBLIC],
        // Emptying the default group takes a custom resource with a Lambda and rights of its own. Nothing is ever in it.
        restrictDefaultSecurityGroup: false,
        ...(network.mode === 'private'
          ? {
              natGatewayProvider: NatProvider.gateway({
                eipAllocationIds: addresses.map((address) => address.attrAllocationId),
              }),
            }
          : {}),
      });
      this.#logFlows(vpc, logRetention);
      const selected = vpc.selectSubnets({
        subnetType: network.mode === 'private' ? SubnetType.PRIVATE_WITH_EGRESS : SubnetType.PUBLIC,
      });
      this.vpc = byId(this, vpc.vpcId);
      this.subnets = selected.subnets;
      this.assignPublicIp = network.mode === 'public';
      this.fixedAddresses = addresses.map((address) => address.attrPublicIp);
      this.connectivity = selected.internetConnectivityEstablished;
    }
    this.securityGroup = new SecurityGroup(this, 'SecurityGroup', {
      vpc: this.vpc,
      description: 'Conversation Bridge listener: calls out over TLS, is never called',
      allowAllOutbound: false,
    });
    // Names are resolved by the VPC's own resolver, which security groups don't filter.
    this.securityGroup.addEgressRule(Peer.anyIpv4(), Port.HTTPS, 'Genesys Cloud and AWS');
  }

  #existingSubnet(subnetId: string): ISubnet {
    const subnet = Subnet.fromSubnetId(this, subnetId, subnetId);
    Validations.of(subnet).acknowledge({
      id: 'Annotation::@aws-cdk/aws-ec2:noSubnetRouteTableId',
      reason: 'Nothing here looks at its routes.',
    });
    return subnet;
  }

  #addresses(count: number): CfnEIP[] {
    return Array.from(
      { length: count },
      (_, index) => new CfnEIP(this, `Address${index}`, { domain: 'vpc' }),
    );
  }

  #logFlows(vpc: Vpc, retention: RetentionDays): void {
    const logGroup = new LogGroup(this, 'FlowLogs', { retention, removalPolicy: RemovalPolicy.DESTROY });
    vpc.addFlowLog('FlowLog', { destination: FlowLogDestination.toCloudWatchLogs(logGroup) });
  }
}

/** All that a security group and a cluster want to know of a VPC, whosever it is. */
function byId(scope: Construct, vpcId: string): IVpc {
  return Vpc.fromVpcAttributes(scope, 'ById', {
    vpcId,
    availabilityZones: Stack.of(scope).availabilityZones,
  });
}
