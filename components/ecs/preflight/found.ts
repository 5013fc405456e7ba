/** What exists at AWS, as far as a configuration can be judged by it. */
import type { AwsPlace } from "../policies.ts";

/** A VPC. */
export interface FoundVpc {
  readonly id: string;
  readonly cidrs: readonly string[];
  /** Project and stack, where it is one of this program's. */
  readonly owner: string | undefined;
}

/** A subnet. */
export interface FoundSubnet {
  readonly id: string;
  readonly vpcId: string;
  readonly zone: string;
  readonly cidr: string;
  readonly freeAddresses: number;
}

/** A file system. */
export interface FoundFileSystem {
  readonly id: string;
  readonly encrypted: boolean;
  readonly performanceMode: string;
  readonly throughputMode: string;
  readonly mountTargets: number;
  /** Whether it lies in one zone alone. */
  readonly oneZone: boolean;
  readonly tags: Readonly<Record<string, string>>;
}

/** A certificate. */
export interface FoundCertificate {
  /** `ISSUED`, `PENDING_VALIDATION`, … */
  readonly status: string;
  /** Names it is good for. */
  readonly names: readonly string[];
}

/** What a stack has that was deployed, or was left half-way. */
export interface FoundDeployment {
  /** The VPC of its security groups. */
  readonly vpcId: string;
  /** Zones of its own task subnets, in their order; empty where they are not its own. */
  readonly zones: readonly string[];
  /** The file system of its access point; undefined when there is none yet. */
  readonly fileSystemId: string | undefined;
  /** The directory on it that the access point leads to; undefined likewise. */
  readonly directory: string | undefined;
}

/** What AWS knows before anything is changed. */
export interface Found {
  readonly place: AwsPlace;
  /** Availability zones of the region that can be used. */
  readonly zones: readonly string[];
  readonly vpcs: readonly FoundVpc[];
  /** Whether `network.vpcId` gives its hosts names; undefined when there is no such VPC, or none is wanted. */
  readonly dnsHostnames: boolean | undefined;
  /** Those that are wanted and exist. */
  readonly subnets: readonly FoundSubnet[];
  readonly fileSystems: readonly FoundFileSystem[];
  /** This stack, as it is there; undefined when nothing of it is. */
  readonly deployed: FoundDeployment | undefined;
  /** The one of `access.certificateArn`; undefined when there is none, or none is wanted. */
  readonly certificate: FoundCertificate | undefined;
  /** The one of `access.zoneId`, likewise. */
  readonly zone: { readonly name: string; readonly isPrivate: boolean } | undefined;
}
