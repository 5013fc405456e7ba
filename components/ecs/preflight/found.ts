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
  /** Whether this stack is deployed, or was left half-way. */
  readonly isDeployed: boolean;
  /** The one of `access.certificateArn`; undefined when there is none, or none is wanted. */
  readonly certificate: FoundCertificate | undefined;
  /** The one of `access.zoneId`, likewise. */
  readonly zone: { readonly name: string; readonly isPrivate: boolean } | undefined;
}
