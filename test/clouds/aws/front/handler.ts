/** What those say to each other who answer operations of AWS: the front, its rules, and the runner of tasks. */

/** An operation as it was asked, parsed: every protocol's request looks the same. */
export interface Operation {
  /** botocore's name of the service: `ecs`, `elbv2`, `efs`, `logs`, `secretsmanager` … */
  readonly service: string;
  /** `CreateService` */
  readonly operation: string;
  /** The members by the names of the service's model: `cluster` for ECS, `LoadBalancerArn` for ELBv2. */
  readonly input: Readonly<Record<string, unknown>>;
  /** Whose key signed the request. */
  readonly accessKeyId: string;
  readonly region: string;
}

/**
 * Answers an operation, by the members of its output's model.
 *
 * @param forward asks moto the operation as it came and gives the parsed answer; for protocols with XML (`ec2`, `elbv2`, `iam`,
 *   `sns`, `sts`, `cloudwatch`, `route53`) too
 * @throws AwsError as AWS would
 */
export type Handler = (operation: Operation, forward: () => Promise<unknown>) => Promise<unknown>;

/** By `<service>.<Operation>`: `ecs.CreateService`. */
export type Handlers = Readonly<Record<string, Handler>>;

/** An operation that was asked, and what came of it. */
export interface Call extends Operation {
  /** When it came, in milliseconds of `performance.now()`. */
  readonly at: number;
  /** The HTTP status of the answer. */
  readonly status: number;
  /** The error's code, where it was refused: `ValidationException`. */
  readonly code: string | undefined;
}

/** A refusal, which the AWS SDK raises by its code. */
export class AwsError extends Error {
  /** `ResourceNotFoundException`, `InvalidGroup.NotFound` */
  readonly code: string;
  /** @default - as the service's model says for the code, else 400 */
  readonly status: number | undefined;

  constructor(code: string, message: string, status?: number) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
  }
}

export interface AwsOptions {
  /** Asked instead of moto, after the checks of the model and of the documented limits. @default - none */
  readonly handlers?: Handlers;
  /**
   * How long it takes until file systems, mount targets, access points, NAT gateways, endpoints and load balancers that
   * were made are available, in milliseconds. At AWS seconds to minutes.
   *
   * @default 0
   */
  readonly settleMs?: number;
}

/** An account of AWS that answers on loopback. */
export interface Aws {
  /** For `AWS_ENDPOINT_URL`: `http://127.0.0.1:<port>`. Region and keys are free to choose. */
  readonly endpoint: string;
  /** Everything that was asked, oldest first. */
  readonly calls: readonly Call[];
  /**
   * Whether a role's policies let it do something.
   *
   * @param conditions condition keys and their values @default - none
   * @throws AwsError `NoSuchEntity` without such a role
   * @throws Error naming what of a policy is not simulated
   */
  readonly allowed: (
    roleArn: string,
    action: string,
    resource: string,
    conditions?: Readonly<Record<string, string>>,
  ) => Promise<boolean>;
  readonly stop: () => Promise<void>;
}
