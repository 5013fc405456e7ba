/** An OpenClaw Gateway on this machine, without containers. */
import { Command } from "@pulumi/command/local/index.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomBytes } from "@pulumi/random/randomBytes.js";
import { localRelease, type LocalReleaseArgs } from "./local-release.ts";
import type { ReleaseRequest } from "./release/contract.ts";

const tokenBytes = 48;

/** Arguments of {@link LocalGateway}. */
export interface LocalGatewayArgs extends LocalReleaseArgs {
  /** Raise it to replace the token. */
  readonly tokenVersion: number;
  /** From `wantedGeneration`. */
  readonly generation: number;
  /** Secret environment variables of the gateway. */
  readonly secrets: Readonly<Record<string, pulumi.Input<string>>>;
  readonly data: ReleaseRequest["data"];
}

/**
 * An OpenClaw Gateway on this machine: its token, and the release that runs.
 *
 * Errors come from the release (`release/apply.ts`) as the failure of the child `<name>-release`.
 */
export class LocalGateway extends pulumi.ComponentResource {
  /** The gateway's token, 96 hexadecimal digits; secret. */
  public readonly token: pulumi.Output<string>;
  /** URL of the dashboard and of the WebSocket, once the release is verified. */
  public readonly url: pulumi.Output<string>;

  constructor(name: string, args: LocalGatewayArgs, opts?: pulumi.ComponentResourceOptions) {
    super("openclaw:local:Gateway", name, {}, opts);

    const token = new RandomBytes(
      `${name}-token`,
      { length: tokenBytes, keepers: { tokenVersion: String(args.tokenVersion) } },
      { parent: this },
    );
    const stdin = pulumi.secret(
      pulumi.all([token.hex, pulumi.output(args.secrets)]).apply(([hex, secrets]) => {
        const request: ReleaseRequest = {
          generation: args.generation,
          release: localRelease(args, hex, secrets),
          data: args.data,
        };
        return JSON.stringify(request);
      }),
    );
    // Paths of scripts are relative to the program's directory, so that a clone that moves changes nothing.
    const release = new Command(
      `${name}-release`,
      {
        create: "node ../components/local/release/apply.ts",
        update: "node ../components/local/release/apply.ts",
        delete: "node ../components/local/release/remove.ts",
        stdin,
      },
      { parent: this, additionalSecretOutputs: ["stdin"] },
    );

    this.token = pulumi.secret(token.hex);
    this.url = release.id.apply(() => `http://127.0.0.1:${String(args.spec.port)}/`);
    this.registerOutputs({ token: this.token, url: this.url });
  }
}
