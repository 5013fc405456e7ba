/** How this user calls Pulumi; undefined is `pulumi` itself. */
export const userCli = process.env["OPENCLAW_PULUMI_CLI"];
