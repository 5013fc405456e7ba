/** The first connection as a resource: made once a machine, and when what it depends on changes. */
import { Command } from "@pulumi/command/local/index.js";
import * as pulumi from "@pulumi/pulumi";
import type { PrivateKey } from "@pulumi/tls/privateKey.js";
import type { FirstConnectionRequest } from "./contract.ts";

/** Arguments of {@link firstConnection}. */
export interface FirstConnectionArgs {
  readonly identity: pulumi.Input<string>;
  readonly host: pulumi.Input<string>;
  readonly port: number;
  readonly user: string;
  readonly privateKey: pulumi.Input<string>;
  readonly bootstrapHostKey: pulumi.Input<string>;
  readonly hostKey: PrivateKey;
  readonly allowedCidrs: readonly string[];
  /** The value of `openclaw:host.rebuild` that this host was made for. */
  readonly rebuild: number;
}

/**
 * Waits for SSH, waits for the end of the boot, and gives the host its permanent key.
 *
 * A command of this machine and no remote one, which could pin one key only: an update that is interrupted between the
 * exchange of the keys and its end would never get in again.
 */
export function firstConnection(name: string, args: FirstConnectionArgs, opts: pulumi.CustomResourceOptions): Command {
  const { hostKey, port, user, allowedCidrs } = args;
  const stdin = pulumi
    .all([
      pulumi.all([args.identity, args.host, args.privateKey, args.bootstrapHostKey]),
      pulumi.all([hostKey.publicKeyOpenssh, hostKey.privateKeyOpenssh]),
    ])
    .apply(([[identity, host, privateKey, bootstrapHostKey], [publicOpenssh, privateOpenssh]]) => {
      const request: FirstConnectionRequest = {
        ...{ identity, host, port, user, privateKey, bootstrapHostKey, allowedCidrs },
        ...{ stack: pulumi.getStack(), rebuild: args.rebuild + 1 },
        permanentHostKey: { publicOpenssh, privateOpenssh },
      };
      return JSON.stringify(request);
    });
  // The path is relative to the program's directory, so that a clone that moves changes nothing.
  const create = "node ../components/host/first-connection.ts";
  return new Command(
    name,
    { create, update: create, stdin: pulumi.secret(stdin), addPreviousOutputInEnv: false },
    { ...opts, additionalSecretOutputs: ["stdin"] },
  );
}
