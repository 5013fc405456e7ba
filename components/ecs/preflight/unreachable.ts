/** What to do when AWS was not reached, or let nobody in. Pure but for {@link knownProfiles}. */
import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** What AWS answered, or that it did not. Its message is meant for the user; `pulumi config` in it is to be a `stackCommand`. */
export class AwsUnreachable extends Error {}

/** Whom AWS was asked as. */
export interface AskedAs {
  readonly region: string;
  /** @default - AWS's own order: variables, the profile `default`, what the machine has */
  readonly profile?: { readonly name: string; readonly from: "aws:profile" | "AWS_PROFILE" } | undefined;
  /** Profiles in AWS's own files. */
  readonly known: readonly string[];
}

/** https://docs.aws.amazon.com/sdkref/latest/guide/file-format.html */
const heading = /^\s*\[\s*(?:profile\s+)?([^\]]+?)\s*\]/;

/** Names of the profiles in AWS's own files. */
export function knownProfiles(variables: Readonly<Record<string, string | undefined>>): string[] {
  const directory = join(homedir(), ".aws");
  const files = [
    variables["AWS_CONFIG_FILE"] ?? join(directory, "config"),
    variables["AWS_SHARED_CREDENTIALS_FILE"] ?? join(directory, "credentials"),
  ];
  const names = files.flatMap((file) => {
    try {
      return readFileSync(file, "utf8")
        .split("\n")
        .flatMap((line) => heading.exec(line)?.[1] ?? []);
    } catch {
      return []; // no such file
    }
  });
  return [...new Set(names)].filter((name) => !/^(sso-session|services|plugins)\b/.test(name));
}

/** Of Node and of the SDK, where nobody answered: https://nodejs.org/api/errors.html#common-system-errors */
const silence = /^(ENOTFOUND|EAI_AGAIN|ECONN\w+|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|TimeoutError)$/;

function silent(error: NodeJS.ErrnoException & { hostname?: string; address?: string }, region: string): string {
  const why = error.code === "ENOTFOUND" ? "no such name" : (error.code ?? error.message);
  const where = error.hostname ?? error.address;
  return `AWS could not be reached${where === undefined ? "" : ` at ${where}`} (${why}): is the region ${region} right (aws:region), and is there a way to the internet from here?`;
}

function refused(error: Error, { profile, known }: AskedAs): string {
  const why = error.message.replace(/\.\s*$/, "");
  const there = known.length === 0 ? "" : `; there: ${known.join(", ")}`;
  const name = "pulumi config set aws:profile <name>";
  if (profile === undefined) {
    return `AWS lets nobody in without credentials: ${why}.\nType: aws sso login, or name a profile of AWS's own files: ${name}${there}`;
  }
  const named = `the profile "${profile.name}" (${profile.from})`;
  if (!known.includes(profile.name)) {
    return `${named} is not in AWS's own files, ~/.aws/config and ~/.aws/credentials${there}.\nType: ${profile.from === "aws:profile" ? name : `export AWS_PROFILE=<name>, or ${name}`}`;
  }
  return `AWS lets nobody in with ${named}: ${why}.\nType: aws sso login --profile ${profile.name}, or name another one: ${name}${there}`;
}

/** What to tell of a failed question. */
export function unreachable(error: unknown, asked: AskedAs): AwsUnreachable {
  if (!(error instanceof Error)) return new AwsUnreachable(String(error));
  if (/Credentials|Token.*Expired|ExpiredToken|SSO/i.test(error.name)) return new AwsUnreachable(refused(error, asked));
  const { code = error.name } = error as NodeJS.ErrnoException;
  if (silence.test(code)) return new AwsUnreachable(silent(error, asked.region));
  return new AwsUnreachable(`AWS answers ${error.name}: ${error.message}`);
}
