/** Where Hetzner Cloud's API is, and what opens it: the provider's own settings. Pure. */

/** Sets another token. */
export const setTokenCommand = "pulumi config set --secret hcloud:token";

/** Characters of an API token. */
export const tokenLength = 64;

/** See the file's comment. */
export interface HetznerAccess {
  readonly token: string;
  /** Without a slash at its end. */
  readonly endpoint: string;
  /** The command that sets another token, for messages. @default the one of the selected stack */
  readonly setToken?: string;
}

/**
 * @param providers configuration of Pulumi's providers
 * @param variables the deployer's environment, which the provider reads too
 */
export const hetznerAccess = (
  providers: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string | undefined>>,
): HetznerAccess => ({
  token: providers["hcloud:token"] ?? variables["HCLOUD_TOKEN"] ?? "",
  endpoint: (providers["hcloud:endpoint"] ?? variables["HCLOUD_ENDPOINT"] ?? "https://api.hetzner.cloud/v1").replace(
    /\/$/,
    "",
  ),
});
