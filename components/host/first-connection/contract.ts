/** What the first connection is told, on standard input. */

/** One host, and how it may be recognised. */
export interface FirstConnectionRequest {
  /** Changes when the machine is another one: then the connection is made again. */
  readonly identity: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  /** In OpenSSH's format. */
  readonly privateKey: string;
  /** Public host key that the machine's user data gave it, `ssh-ed25519 AAAA…`. */
  readonly bootstrapHostKey: string;
  /** The key that it is to have from then on. */
  readonly permanentHostKey: {
    readonly publicOpenssh: string;
    readonly privateOpenssh: string;
  };
  /** `openclaw:ssh.allowedCidrs`, for messages. */
  readonly allowedCidrs: readonly string[];
  /** Name of the stack, for messages. */
  readonly stack: string;
  /** A value of `openclaw:host.rebuild` that makes the host anew, for messages. */
  readonly rebuild: number;
}
