/** The stack's outputs: a versioned contract that other teams read. Within a contract number fields are only added. */
import * as pulumi from "@pulumi/pulumi";

/** Raised when a field is removed or changes its meaning. */
export const contractVersion = 1;

/** How the gateway is reached: on this machine only, through a tunnel, in a tailnet, or from the internet. */
export type Reach = "local" | "tunnel" | "tailscale" | "https";

/** What runs, and where it answers. */
export interface GatewayOutputs {
  /** Name of the stack. */
  readonly name: string;
  readonly target: string;
  /** OpenClaw version. */
  readonly version: string;
  /** Dashboard, WebSocket and HTTP API. */
  readonly url: string;
  readonly reach: Reach;
  /** Answers `{"ok":true,"status":"live"}` without a token. */
  readonly healthUrl: string;
  /** Reference of the image, where the gateway is a container. */
  readonly image?: string;
}

/** The machine that the gateway runs on, where the stack has one. */
export interface HostOutputs {
  /** `hetzner`, … */
  readonly provider: string;
  /** The provider's id of the machine. */
  readonly id: string;
  readonly address: string;
  readonly sshUser: string;
  /** Public host key, `ssh-ed25519 AAAA…`, the same for the stack's life. */
  readonly hostKey: string;
}

/** What to come back to, where releases can be stepped back. */
export interface ReleaseOutputs {
  /** What `openclaw:gateway.release` takes. */
  readonly id: string;
}

/** What holds the gateway's state. */
export interface DataOutputs {
  readonly kind: "directory" | "volume" | "file-system";
  /** What `openclaw:data.adopt` takes. */
  readonly id: string;
  /** At AWS; it tells the account and the region. */
  readonly arn?: string;
  /** Path of the state where the gateway runs. */
  readonly path: string;
  readonly onDestroy: "retain" | "delete";
}

/** Commands ready to paste: the runbook. No secret is in them. */
export interface CommandOutputs {
  /** Prints a link that opens the dashboard and pairs the browser; it works once. */
  readonly open: string;
  readonly status: string;
  readonly logs: string;
  /** OpenClaw's own command line, with this gateway's environment; append its arguments. */
  readonly cli: string;
  /** Shows the newest device that asks to be paired; append its request id to approve it. */
  readonly approveDevice: string;
  /** Where there is a host: logs in. */
  readonly ssh?: string;
  /** Where there is a container that can be entered: a shell in it, or a command that is appended as one word. */
  readonly shell?: string;
  /** Forwards the gateway's port to this machine until Ctrl-C. */
  readonly tunnel?: string;
  /** The same for people whose keys are in `openclaw:ssh.tunnelKeys`; absent when there are none. */
  readonly tunnelForOthers?: string;
  /** Stops the gateway in order, which may take 330 s, and starts it again. */
  readonly restart?: string;
  /** After `destroy`, which shows it once more: lets a stack made anew go on with the volume; absent when that is deleted. */
  readonly adopt?: string;
}

/** What a stack costs whether it is used or not, where a table of prices is kept. */
export interface CostOutputs {
  readonly currency: "USD";
  /** A month, rounded to whole units of the currency. */
  readonly amount: number;
  /** By what it is for. */
  readonly items: Readonly<Record<string, number>>;
  /** Whose prices of when, and what comes on top. */
  readonly note: string;
}

/** Everything that a stack exports. */
export interface StackOutputs {
  readonly contract: typeof contractVersion;
  readonly gateway: pulumi.Output<GatewayOutputs>;
  /** The gateway's token; always secret. */
  readonly token: pulumi.Output<string>;
  readonly data: pulumi.Input<DataOutputs>;
  readonly commands: pulumi.Input<CommandOutputs>;
  readonly host?: pulumi.Output<HostOutputs>;
  readonly release?: pulumi.Output<ReleaseOutputs>;
  readonly monthlyCost?: CostOutputs;
}

/** What a consumer gets from {@link readGateway}. */
export interface Gateway {
  readonly gateway: pulumi.Output<GatewayOutputs>;
  /** Secret. */
  readonly token: pulumi.Output<string>;
  readonly data: pulumi.Output<DataOutputs>;
  readonly commands: pulumi.Output<CommandOutputs>;
  /** Undefined where the stack has no machine of its own. */
  readonly host: pulumi.Output<HostOutputs | undefined>;
  /** Undefined where releases cannot be stepped back. */
  readonly release: pulumi.Output<ReleaseOutputs | undefined>;
}

/** What is wrong with another stack's contract number; undefined when it is this one's. Pure. */
export function contractFault(contract: unknown): string | undefined {
  if (contract === contractVersion) return undefined;
  return `the referenced stack has contract ${JSON.stringify(contract)}, this reader needs ${String(contractVersion)}; deploy that stack with a pulumi-openclaw of the same contract`;
}

/**
 * Reads another stack's gateway, typed.
 *
 * @throws pulumi.RunError when that stack has another contract number, or none
 */
export function readGateway(stack: pulumi.StackReference): Gateway {
  // Output values of a reference are untyped; the contract number vouches for their shape.
  const judged = <T>(output: pulumi.Output<unknown>): pulumi.Output<T> =>
    pulumi.all([stack.requireOutput("contract"), output]).apply(([contract, value]) => {
      const fault = contractFault(contract);
      if (fault !== undefined) throw new pulumi.RunError(fault);
      return value;
    });
  const field = <T>(name: string): pulumi.Output<T> => judged(stack.requireOutput(name));
  const optional = <T>(name: string): pulumi.Output<T | undefined> => judged(stack.getOutput(name));
  return {
    gateway: field("gateway"),
    token: pulumi.secret(field("token")),
    data: field("data"),
    commands: field("commands"),
    host: optional("host"),
    release: optional("release"),
  };
}
