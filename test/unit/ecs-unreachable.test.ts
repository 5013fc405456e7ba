/** What a deployer is told when AWS was not reached, or let nobody in. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DescribeVpcsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { expect, it, vi } from "vitest";
import { knownProfiles, unreachable, type AskedAs } from "../../components/ecs/preflight/unreachable.ts";

const directory = mkdtempSync(join(tmpdir(), "aws-files-"));
const variables = {
  AWS_CONFIG_FILE: join(directory, "config"),
  AWS_SHARED_CREDENTIALS_FILE: join(directory, "credentials"),
};
writeFileSync(
  variables.AWS_CONFIG_FILE,
  "[default]\nregion = eu-central-1\n[profile dev]\n[sso-session corp]\n [ profile  my team ]\n",
);
writeFileSync(variables.AWS_SHARED_CREDENTIALS_FILE, "[dev]\naws_access_key_id = x\n[old]\n");

const asked = (change: Partial<AskedAs> = {}): AskedAs => ({ region: "eu-centrl-1", known: ["dev", "sso"], ...change });
const failure = (name: string, message: string, more: object = {}): Error =>
  Object.assign(new Error(message), { name, ...more });
const told = (error: unknown, change?: Partial<AskedAs>): string => unreachable(error, asked(change)).message;

it("knows the profiles of AWS's own files, and no other sections", () => {
  expect(knownProfiles(variables)).toEqual(["default", "dev", "my team", "old"]);
  expect(knownProfiles({ AWS_CONFIG_FILE: "/nonexistent", AWS_SHARED_CREDENTIALS_FILE: "/nonexistent" })).toEqual([]);
});

it("names a profile that is not there, who named it, and those that are", async () => {
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true"); // nothing is asked on the network
  for (const from of ["aws:profile", "AWS_PROFILE"] as const) {
    const ec2 = new EC2Client({ region: "eu-central-1", profile: "nope" });
    const error: unknown = await ec2.send(new DescribeVpcsCommand({})).catch((reason: unknown) => reason);
    expect(told(error, { profile: { name: "nope", from } })).toBe(
      `the profile "nope" (${from}) is not in AWS's own files, ~/.aws/config and ~/.aws/credentials; there: dev, sso.\nType: ${from === "AWS_PROFILE" ? "export AWS_PROFILE=<name>, or " : ""}pulumi config set aws:profile <name>`,
    );
  }
});

it("says how to log in with a profile whose session is over", () => {
  const error = failure("CredentialsProviderError", "The SSO session associated with this profile has expired.");
  expect(told(error, { profile: { name: "sso", from: "aws:profile" } })).toBe(
    'AWS lets nobody in with the profile "sso" (aws:profile): The SSO session associated with this profile has expired.\nType: aws sso login --profile sso, or name another one: pulumi config set aws:profile <name>; there: dev, sso',
  );
});

it("says so where there is nothing to log in with", () => {
  const error = failure("CredentialsProviderError", "Could not load credentials from any providers");
  expect(told(error, { known: [] })).toBe(
    "AWS lets nobody in without credentials: Could not load credentials from any providers.\nType: aws sso login, or name a profile of AWS's own files: pulumi config set aws:profile <name>",
  );
});

it("does not say that AWS answers where nobody did", () => {
  const error = failure("Error", "getaddrinfo ENOTFOUND ec2.eu-centrl-1.amazonaws.com", {
    ...{ code: "ENOTFOUND", hostname: "ec2.eu-centrl-1.amazonaws.com" },
  });
  expect(told(error)).toBe(
    "AWS could not be reached at ec2.eu-centrl-1.amazonaws.com (no such name): is the region eu-centrl-1 right (aws:region), and is there a way to the internet from here?",
  );
  expect(told(failure("TimeoutError", "socket hang up"))).toContain("AWS could not be reached (socket hang up)");
  expect(told(failure("UnauthorizedOperation", "You are not authorized."))).toBe(
    "AWS answers UnauthorizedOperation: You are not authorized.",
  );
});
