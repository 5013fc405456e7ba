/** An OpenClaw Gateway in a container on any `GatewayHost`. */
import { Command } from "@pulumi/command/remote/index.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomBytes } from "@pulumi/random/randomBytes.js";
import {
  baselineStage,
  confirmStage,
  worthAnotherConnection,
  type BaselineParameters,
} from "../../cloud-init/baseline.ts";
import { hostPaths, type GatewayHost } from "../host/gateway-host.ts";
import { containerRelease, type ContainerReleaseArgs } from "./container-release.ts";
import { releaseOutcome, releaseStage, type ContainerReleaseRequest } from "./release.ts";
import { stageCommand, stageStdin, type StageDocument } from "./stage.ts";

const tokenBytes = 48;

/** What the baseline is told beside what the host itself knows. */
export interface BaselineSettings extends Omit<BaselineParameters, "identity" | "data" | "ssh" | "metadata"> {
  readonly ssh: Omit<BaselineParameters["ssh"], "user" | "port" | "gatewayPort">;
}

/** Arguments of {@link ContainerGateway}. */
export interface ContainerGatewayArgs extends ContainerReleaseArgs {
  readonly host: GatewayHost;
  /** Organization, project and stack: tells whose state a volume holds. */
  readonly owner: string;
  readonly baseline: BaselineSettings;
  /** Secret environment variables of the gateway. */
  readonly secrets: Readonly<Record<string, pulumi.Input<string>>>;
  /** Raise it to replace the token. */
  readonly tokenVersion: number;
  /** The configuration says that this stack continues with a volume that another one filled. @default false */
  readonly adopt?: boolean;
  /** Id of a known-good release of this host that is to run instead of what the other arguments mean. @default - those */
  readonly release?: string | undefined;
  /** With `release`: take the state from before the newer release too. @default false */
  readonly restoreState?: boolean;
}

/**
 * An OpenClaw Gateway on a host: its token, the host's baseline, and the release that runs.
 *
 * Errors come from the host (`host/release.sh`, cloud-init/baseline/) as the failure of the child that ran.
 */
export class ContainerGateway extends pulumi.ComponentResource {
  /** The gateway's token, 96 hexadecimal digits; secret. */
  public readonly token: pulumi.Output<string>;
  /** URL of the dashboard and of the WebSocket at the near end of a tunnel, once the release is verified. */
  public readonly url: pulumi.Output<string>;
  /** What `openclaw:gateway.release` takes to come back to what runs now. */
  public readonly releaseId: pulumi.Output<string>;
  /** For how long the gateway was away in the last release that changed something; undefined at the first. */
  public readonly downtimeSeconds: pulumi.Output<number | undefined>;

  constructor(name: string, args: ContainerGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("openclaw:container:Gateway", name, {}, opts);
    const { host, spec } = args;

    /** One stage on the host, after another resource. Its text is fixed; what varies is on standard input. */
    const stage = (
      suffix: string,
      document: pulumi.Output<StageDocument>,
      after: pulumi.Resource,
      hooks: pulumi.ResourceHookBinding = {},
    ): Command =>
      new Command(
        `${name}-${suffix}`,
        {
          connection: host.connection,
          create: stageCommand,
          update: stageCommand,
          stdin: pulumi.secret(document.apply(stageStdin)),
          addPreviousOutputInEnv: false,
        },
        { parent: this, dependsOn: [after], additionalSecretOutputs: ["stdin"], hooks },
      );

    const token = new RandomBytes(
      `${name}-token`,
      { length: tokenBytes, keepers: { tokenVersion: String(args.tokenVersion) } },
      { parent: this },
    );
    const machine = pulumi.all([host.identity, host.data]);
    const parameters = pulumi.all([machine, host.deployKey]).apply(([[identity, volume], deployKey]) => {
      const { device, sizeGb } = volume;
      const { ssh } = args.baseline;
      const found: BaselineParameters = {
        ...args.baseline,
        identity,
        data: { device, mountPoint: hostPaths.data, ...(sizeGb === undefined ? {} : { sizeGb }) },
        ssh: {
          ...ssh,
          authorizedKeys: [deployKey, ...ssh.authorizedKeys],
          ...{ user: host.sshUser, port: host.sshPort, gatewayPort: spec.port },
        },
        metadata: host.metadata,
      };
      return found;
    });
    const document = parameters.apply(baselineStage);
    const baseline = stage("baseline", document, host.ready);
    // A connection of its own: it proves that the baseline left the door open. Every further try is another connection.
    const again = new pulumi.ErrorHook(`${name}-confirm-again`, async ({ errors }) => {
      const isWorthIt = worthAnotherConnection(errors);
      if (isWorthIt && errors.length === 1)
        await pulumi.log.warn(
          "nobody confirmed the host's new SSH and firewall settings in time: trying them once more",
        );
      return isWorthIt;
    });
    const confirm = stage("confirm", document.apply(confirmStage), baseline, { onError: [again] });
    const request = pulumi
      .all([machine, token.hex, pulumi.output(args.secrets)])
      .apply(([[identity, { id }], hex, secrets]): ContainerReleaseRequest => ({
        identity,
        owner: args.owner,
        volume: id,
        adopt: args.adopt ?? false,
        release: containerRelease(args, hex, secrets),
        ...(args.release === undefined
          ? {}
          : { stepBack: { to: args.release, restoreState: args.restoreState ?? false } }),
      }));
    const release = stage("release", request.apply(releaseStage), confirm);

    const outcome = release.stdout.apply(releaseOutcome);
    this.token = pulumi.secret(token.hex);
    this.url = release.id.apply(() => `http://127.0.0.1:${String(spec.port)}/`);
    this.releaseId = outcome.apply(({ release: id }) => id);
    this.downtimeSeconds = outcome.apply(({ downtimeSeconds }) => downtimeSeconds);
    this.registerOutputs({
      token: this.token,
      url: this.url,
      releaseId: this.releaseId,
      downtimeSeconds: this.downtimeSeconds,
    });
  }
}
