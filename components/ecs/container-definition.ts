/**
 * Container definitions of ECS as far as they are used here.
 * https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
 */

/** A name and its value. */
export interface KeyValuePair {
  readonly name: string;
  readonly value: string;
}

/** A variable that ECS fills with a secret under the execution role. */
export interface TaskSecret {
  readonly name: string;
  /** `<arn of the secret>:<JSON key>:<version stage>:<version id>`. */
  readonly valueFrom: string;
}

/** One container of a task. */
export interface ContainerDefinition {
  readonly name: string;
  readonly image: string;
  /** The task ends with it. */
  readonly essential: boolean;
  readonly user: string;
  readonly entryPoint: readonly string[];
  readonly command: readonly string[];
  readonly environment: readonly KeyValuePair[];
  readonly secrets: readonly TaskSecret[];
  readonly readonlyRootFilesystem: boolean;
  readonly mountPoints: readonly {
    readonly sourceVolume: string;
    readonly containerPath: string;
    readonly readOnly: boolean;
  }[];
  readonly portMappings: readonly {
    readonly containerPort: number;
    readonly hostPort: number;
    readonly protocol: "tcp";
  }[];
  readonly linuxParameters: {
    /** PID 1 is an init process: it reaps what agents leave, and hands on signals. */
    readonly initProcessEnabled: boolean;
    readonly capabilities?: { readonly add: readonly string[]; readonly drop: readonly string[] };
    readonly tmpfs?: readonly {
      readonly containerPath: string;
      /** MiB, of the task's memory. */
      readonly size: number;
      readonly mountOptions: readonly string[];
    }[];
  };
  readonly ulimits: readonly { readonly name: "nofile"; readonly softLimit: number; readonly hardLimit: number }[];
  /** Seconds between SIGTERM and SIGKILL, 120 at most. */
  readonly stopTimeout: number;
  readonly restartPolicy?: {
    readonly enabled: boolean;
    readonly ignoredExitCodes: readonly number[];
    /** Seconds. */
    readonly restartAttemptPeriod: number;
  };
  readonly healthCheck?: {
    readonly command: readonly string[];
    /** Seconds. */
    readonly interval: number;
    /** Seconds. */
    readonly timeout: number;
    readonly retries: number;
    /** Seconds, 300 at most. */
    readonly startPeriod: number;
  };
  readonly logConfiguration: {
    readonly logDriver: "awslogs";
    readonly options: Readonly<Record<string, string>>;
  };
}
