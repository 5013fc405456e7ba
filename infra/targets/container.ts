/** Keys of every target that runs the gateway as a container. */
import { z } from "zod";
import { decimal, defaultVersion, gatewayKeys, judged, key, section } from "../config-keys.ts";
import { downloadObjection, imageObjection, imageTag } from "../formats.ts";
import { removeCommand, setCommand, shown, type Fault } from "../config-faults.ts";

/** Smaller containers lose the gateway as soon as its command line is called beside it (measured). */
const leastMemoryMiB = 1536;

const image = section("The container image.", {
  reference: key(
    judged(imageObjection).optional(),
    "Image to run, by tag, by digest, or both. By default OpenClaw's own of `gateway.version`.",
    {
      allowed: "an image with a tag that never moves, or with a digest",
      example: `ghcr.io/openclaw/openclaw:${defaultVersion}`,
    },
  ),
  packages: key(
    z.array(z.string().regex(/^[a-z0-9][a-z0-9+.-]+(=[\w.+:~-]+)?$/)).default([]),
    "Debian packages that are added to the image.",
    { allowed: "names of Debian packages, such as ffmpeg or jq=1.7.1-3", example: "ffmpeg" },
  ),
  binaries: key(
    z
      .array(
        section("A program that is added to the image.", {
          name: key(z.string().regex(/^[A-Za-z0-9][\w.+-]*$/), "Its name in /usr/local/bin.", {
            allowed: "letters, digits, and . _ + - after the first",
            example: "gog",
          }),
          url: key(judged(downloadObjection), "Where it is downloaded from.", {
            allowed: "an https address of one fixed file",
            example: "https://example.com/releases/download/v1.0.0/gog",
          }),
          sha256: key(z.string().regex(/^[0-9a-f]{64}$/), "SHA-256 of the file: another one fails the build.", {
            allowed: "64 hexadecimal digits in lower case (sha256sum prints them)",
            example: '"$(sha256sum ./gog | cut -d" " -f1)"',
            isText: true,
          }),
        }),
      )
      .default([]),
    "Programs that are added to the image.",
    { allowed: "objects with the keys name, url, sha256", example: "gog" },
  ),
});

/** `gateway` of a container. */
export const containerGateway = section("The gateway itself.", {
  version: key(
    z
      .string()
      .regex(/^\d{4}\.\d{1,2}\.\d{1,3}$/)
      .default(defaultVersion),
    "OpenClaw version to run.",
    {
      allowed: `a version of OpenClaw, such as ${defaultVersion}`,
      example: defaultVersion,
      isText: true,
    },
  ),
  ...gatewayKeys,
  release: key(
    z
      .string()
      .regex(/^[0-9a-f]{12}$/)
      .optional(),
    "An earlier release that was good, to step back to.",
    {
      allowed: "the 12 hexadecimal digits of one of the last three good releases",
      example: "0123456789ab",
      isText: true,
    },
  ),
  restoreState: key(z.boolean().default(false), "Steps back in the state too: what was written since is put aside.", {
    allowed: "true or false",
    example: "true",
  }),
  memoryMiB: key(z.int().min(leastMemoryMiB).default(2048), "Memory of the container in MiB.", {
    allowed: `a whole number, ${String(leastMemoryMiB)} or more: with less, any command inside kills the gateway`,
    example: "2048",
  }),
  cpus: key(decimal(0.5).optional(), "Processors that the container may use. By default all.", {
    allowed: "a number, 0.5 or more (with fewer, a start takes minutes)",
    example: "2",
  }),
  image: image.prefault({}),
});

type ContainerGateway = z.output<typeof containerGateway>;

const doubleNames = ({ image: { binaries } }: ContainerGateway): Fault[] =>
  binaries.flatMap(({ name }, index): Fault[] => {
    if (binaries.findIndex((other) => other.name === name) === index) return [];
    const path = ["gateway", "image", "binaries", index, "name"];
    return [
      {
        path,
        got: shown(name, false),
        allowed: "a name that no other binary has",
        type: removeCommand(path.slice(0, -1)),
      },
    ];
  });

/** An image whose tag names another version than the one to run. */
export function versionFaults({
  version,
  image: { reference = "" },
}: {
  readonly version: string;
  readonly image: { readonly reference?: string | undefined };
}): Fault[] {
  const tagged = /^(\d{4}\.\d{1,2}\.\d{1,3})(-|$)/.exec(imageTag(reference) ?? "")?.[1];
  if (tagged === undefined || tagged === version) return [];
  const path = ["gateway", "version"];
  return [
    {
      path,
      got: shown(version, false),
      allowed: `${tagged}, as openclaw:gateway.image.reference says`,
      type: setCommand(path, tagged, ["--type string"]),
    },
  ];
}

/** Faults between the keys of a container's gateway. */
export function containerRules(gateway: ContainerGateway): Fault[] {
  const faults = [...doubleNames(gateway), ...versionFaults(gateway)];
  if (gateway.restoreState && gateway.release === undefined) {
    const path = ["gateway", "restoreState"];
    faults.push({
      path,
      got: "true",
      allowed: "true only beside openclaw:gateway.release: it belongs to a step back",
      type: removeCommand(path),
    });
  }
  return faults;
}
