/** Keys of the target `hetzner`: a server at Hetzner Cloud. */
import { z } from "zod";
import { setTokenCommand, tokenLength } from "../../components/host/hetzner/access.ts";
import { removeCommand, setCommand, shown, type Fault } from "../config-faults.ts";
import type { RawConfig } from "../parse-config.ts";
import { commonKeys, key, onDestroy, section } from "../config-keys.ts";
import { containerGateway, containerRules } from "./container.ts";
import { access, ssh, sshRules } from "./ssh.ts";

/** Every key of a stack at Hetzner Cloud. Which sizes and regions exist is asked there. */
export const schema = z.strictObject({
  target: z.literal("hetzner"),
  gateway: containerGateway.prefault({}),
  ...commonKeys,
  access: access.prefault({}),
  ssh: ssh.prefault({} as never), // its required keys are missed one by one
  host: section("The server.", {
    size: key(
      z
        .string()
        .regex(/^[a-z]+\d+[a-z]?$/)
        .default("cx23"),
      "Server type; the gateway needs 4 GB.",
      {
        allowed: "the name of a server type of Hetzner Cloud",
        example: "cx23",
      },
    ),
    region: key(
      z
        .string()
        .regex(/^[a-z]{3,5}\d*$/)
        .default("fsn1"),
      "Location of the data volume, and so of the server.",
      {
        allowed: "the name of a location of Hetzner Cloud",
        example: "fsn1",
      },
    ),
    image: key(z.enum(["debian-13"]).default("debian-13"), "Image of a new server.", {
      allowed: "debian-13: the host's baseline knows the packages and settings of no other system",
      example: "debian-13",
    }),
    rebuild: key(z.int().min(0).default(0), "Raise it to replace the server; state and addresses stay.", {
      allowed: "a whole number, 0 or more",
      example: "1",
    }),
    networkId: key(
      z.int().min(1).optional(),
      "Existing private network that the server joins. Hetzner's firewalls do not filter it; the host's own does.",
      {
        allowed: "the id of a private network of Hetzner Cloud",
        example: "1234567",
      },
    ),
    dockerSource: key(z.enum(["docker", "debian"]).default("docker"), "Whose packages of Docker the host gets.", {
      allowed: "docker (its signed repository) or debian (the distribution's own)",
      example: "docker",
    }),
  }).prefault({}),
  data: section("The gateway's state, on a volume of its own.", {
    sizeGb: key(z.int().min(10).max(10_240).optional(), "Size of the volume in GB; it only grows. A new one has 10.", {
      allowed: "a whole number from 10 to 10240",
      example: "20",
    }),
    onDestroy,
    adopt: key(z.int().min(1).optional(), "Existing volume that a new stack continues with.", {
      allowed: "the id of a volume of Hetzner Cloud",
      example: "12345678",
    }),
  }).prefault({}),
  tags: key(z.record(z.string(), z.string()).default({}), "Labels of everything that is made at Hetzner Cloud.", {
    allowed: "text",
    example: "'some text'",
    isText: true,
  }),
});

/** The validated configuration of a stack at Hetzner Cloud, with every default filled in. */
export type HetznerConfig = z.output<typeof schema>;

/** https://docs.hetzner.cloud/reference/cloud#labels */
const labelName = /^([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?\/)?[a-z0-9A-Z]([\w.-]{0,61}[a-z0-9A-Z])?$/;
const labelValue = /^([a-z0-9A-Z]([\w.-]{0,61}[a-z0-9A-Z])?)?$/;

const tagFault = (name: string, value: string): Fault | undefined => {
  const path = ["tags", name];
  if (!labelName.test(name)) {
    return {
      path,
      got: `the name ${shown(name, false)}`,
      allowed: "1 to 63 letters, digits, and - _ . between them",
      type: removeCommand(path),
    };
  }
  if (/^(openclaw-|managed-by$|hetzner\.cloud\/)/.test(name)) {
    return {
      path,
      got: shown(value, false),
      allowed: "any name but this one: the program or Hetzner sets it",
      type: removeCommand(path),
    };
  }
  if (labelValue.test(value)) return undefined;
  return {
    path,
    got: shown(value, false),
    allowed: "at most 63 letters, digits, and - _ . between them",
    type: setCommand(path, "some-text"),
  };
};

/** Faults between keys. Pure. */
export const rules = (config: HetznerConfig): Fault[] => [
  ...containerRules(config.gateway),
  ...sshRules(config.ssh),
  ...Object.entries(config.tags).flatMap(([name, value]) => tagFault(name, value) ?? []),
];

/** What is wrong with the provider's token. Its own message for a missing one comes late, and names another tool. */
export function providerFaults({ providers, variables }: Pick<RawConfig, "providers" | "variables">): Fault[] {
  const name = "hcloud:token";
  const configured = providers[name];
  const token = configured?.value ?? variables["HCLOUD_TOKEN"] ?? "";
  const fault = (got: string): Fault[] => [
    {
      path: [],
      name,
      got,
      allowed: `the API token of a project at Hetzner Cloud (Security, API tokens, read & write: ${String(tokenLength)} characters), set with --secret; or the variable HCLOUD_TOKEN`,
      type: setTokenCommand,
    },
  ];
  if (token === "") return fault("nothing");
  if (configured !== undefined && !configured.isSecret) return fault("[hidden], in plain text");
  const source = configured === undefined ? "in the variable HCLOUD_TOKEN" : "in the configuration";
  return token.length === tokenLength ? [] : fault(`[secret] of ${String(token.length)} characters, ${source}`);
}
