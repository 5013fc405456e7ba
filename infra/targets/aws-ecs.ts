/** Keys of the target `aws-ecs`: a task on Fargate at AWS. */
import { z } from "zod";
import { fargateCpus, leastTaskMemoryMiB } from "../../components/ecs/fargate.ts";
import { stateDirectory } from "../../components/ecs/paths.ts";
import {
  defaultVersion,
  commonKeys,
  decimal,
  gatewayKeys,
  highestPort,
  judged,
  key,
  onDestroy,
  section,
} from "../config-keys.ts";
import { imageObjection } from "../formats.ts";
import { access } from "./aws-ecs/access.ts";
import { network } from "./aws-ecs/network.ts";
export { providerFaults } from "./aws-ecs/provider-rules.ts";
export { rules } from "./aws-ecs/rules.ts";

const gateway = section("The gateway itself.", {
  version: key(
    z
      .string()
      .regex(/^\d{4}\.\d{1,2}\.\d{1,3}$/)
      .default(defaultVersion),
    "OpenClaw version to run.",
    { allowed: `a version of OpenClaw, such as ${defaultVersion}`, example: defaultVersion, isText: true },
  ),
  ...gatewayKeys,
  port: gatewayKeys.port.meta({
    ...gatewayKeys.port.meta(),
    allowed: `a whole number from 1024 to ${String(highestPort)}`,
  }),
  cpus: key(decimal().default(1), "vCPU of the task.", {
    allowed: `${fargateCpus.join(", ")} (what Fargate has, and a gateway starts on within a minute)`,
    example: "1",
  }),
  memoryMiB: key(z.int().min(leastTaskMemoryMiB).default(3072), "Memory of the task in MiB; its /tmp is part of it.", {
    allowed: `a whole number, ${String(leastTaskMemoryMiB)} or more: with less, the gateway is killed as soon as a command runs beside it`,
    example: "3072",
  }),
  // Not called a secret: Pulumi takes a value like this for one then, and refuses to set it.
  kmsKeyArn: key(
    z
      .string()
      .regex(/^arn:aws(-[a-z]+)*:kms:[a-z0-9-]+:\d{12}:key\/[0-9a-z-]{36}$/)
      .optional(),
    "KMS key that encrypts the secrets. By default AWS's own of the account.",
    {
      allowed: "the ARN of a symmetric KMS key of the stack's region",
      example: "arn:aws:kms:eu-central-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef",
    },
  ),
  image: section("The container image.", {
    reference: key(
      judged(imageObjection).optional(),
      "Image to run, by tag, by digest, or both. By default OpenClaw's own of `gateway.version`.",
      {
        allowed: "an image with a tag that never moves, or with a digest",
        example: `ghcr.io/openclaw/openclaw:${defaultVersion}`,
      },
    ),
    packages: key(z.array(z.string()).default([]), "Not on ECS: there is no host that could build an image.", {
      allowed: "nothing on ECS",
      example: "",
    }),
    binaries: key(z.array(z.unknown()).default([]), "Not on ECS: there is no host that could build an image.", {
      allowed: "nothing on ECS",
      example: "",
    }),
  }).prefault({}),
});

/** Days that CloudWatch can keep logs: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html */
const retentions = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
];

/** Every key of a stack on ECS. What exists at AWS is asked there. */
export const schema = z.strictObject({
  target: z.literal("aws-ecs"),
  gateway: gateway.prefault({}),
  ...commonKeys,
  access: access.prefault({}),
  network: network.prefault({}),
  data: section("The gateway's state, on a file system of its own.", {
    onDestroy,
    adopt: key(
      z
        .string()
        .regex(/^fs-([0-9a-f]{8}|[0-9a-f]{17})$/)
        .optional(),
      "Existing file system that a new stack continues with.",
      { allowed: "the id of an EFS file system", example: "fs-0123456789abcdef0" },
    ),
    path: key(
      z
        .string()
        .max(100)
        .regex(/^(\/[A-Za-z0-9_][A-Za-z0-9_.:-]*){1,4}$/)
        .default(stateDirectory),
      "Directory of the file system that holds the state: AWS Backup restores into `/aws-backup-restore_<time>`.",
      {
        allowed: "an absolute path of one to four names, 100 characters at most",
        example: stateDirectory,
      },
    ),
    archives: section("Whole copies of the state on the file system itself, which AWS Backup copies too.", {
      everyHours: key(
        z.int().min(0).max(168).default(24),
        "Hours from one `openclaw backup create --verify` to the next; 0 makes none.",
        { allowed: "a whole number from 0 to 168", example: "24" },
      ),
      keep: key(z.int().min(1).max(1000).default(7), "Archives of the schedule that stay.", {
        allowed: "a whole number from 1 to 1000",
        example: "7",
      }),
    }).prefault({}),
    restore: key(
      z
        .string()
        .max(255)
        .regex(/^[A-Za-z0-9][A-Za-z0-9._+-]*\.tar\.gz$/)
        .optional(),
      "Archive in `backups/` of the file system whose state the next release begins with, once; the state that is there is kept.",
      {
        allowed: "the name of an archive, without directories",
        example: "2026-11-21T03-00-00-000Z-openclaw-2026.9.6.tar.gz",
      },
    ),
    backupDays: key(
      z.int().min(0).max(36_500).default(35),
      "Days that AWS Backup keeps its daily copies; 0 makes none.",
      {
        allowed: "a whole number from 0 to 36500",
        example: "35",
      },
    ),
  }).prefault({}),
  monitoring: section("Alarms and logs.", {
    email: key(z.email().optional(), "Who is told of alarms; AWS asks that address to confirm. By default nobody.", {
      allowed: "an e-mail address",
      example: "me@example.com",
    }),
    logDays: key(z.literal(retentions).default(30), "Days that logs are kept.", {
      allowed: retentions.join(", "),
      example: "30",
    }),
  }).prefault({}),
  tags: key(z.record(z.string(), z.string()).default({}), "Tags of everything that is made at AWS.", {
    allowed: "text",
    example: "'some text'",
    isText: true,
  }),
});

/** The validated configuration of a stack on ECS, with every default filled in. */
export type AwsEcsConfig = z.output<typeof schema>;
