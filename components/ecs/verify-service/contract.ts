/** What the verification of a service is told, on standard input. */

/** One service, and what has to run in it. */
export interface VerifyRequest {
  readonly region: string;
  /** Profile of AWS's own configuration files. @default - the default one */
  readonly profile?: string | undefined;
  /** Names. */
  readonly cluster: string;
  readonly service: string;
  /** ARN of the task definition that has to run. */
  readonly taskDefinition: string;
  /** Where its tasks have to be: ECS goes back to the network before as it does to the task definition before. */
  readonly network: {
    readonly subnets: readonly string[];
    readonly securityGroups: readonly string[];
    readonly assignPublicIp: "ENABLED" | "DISABLED";
  };
  /** The release in it, as the entry point's log names it. */
  readonly release: string;
  /** Name of the log group. */
  readonly logGroup: string;
  /** Where the gateway answers from outside; undefined without a load balancer. */
  readonly outside?:
    | {
        readonly domain: string;
        /** The load balancer's own name: the domain's may not be known everywhere yet. */
        readonly address: string;
        readonly version: string;
        readonly token: string;
      }
    | undefined;
}
