/** The image that is built on the host: the published one, plus what the user adds. Pure. */

/** A program that is added to the image. */
export interface ImageBinary {
  /** What it is called in /usr/local/bin. */
  readonly name: string;
  /** Where it is downloaded; it must name one version, since the sum does. */
  readonly url: string;
  /** Of the file behind the URL, 64 hexadecimal digits: another file fails the build. */
  readonly sha256: string;
}

/** What the image is made of. */
export interface GatewayImage {
  /** Image with OpenClaw, pinned: `ghcr.io/openclaw/openclaw:2026.9.6`, better with `@sha256:…` at its end. */
  readonly reference: string;
  /** Debian packages to add, `name` or `name=version`. */
  readonly packages: readonly string[];
  readonly binaries: readonly ImageBinary[];
}

const movingTags = new Set([
  "latest",
  "main",
  "slim",
  "main-slim",
  "latest-browser",
  "main-browser",
  "extended-stable",
]);

const referenceFault = (reference: string): string | undefined => {
  const match = /^[a-z0-9][\w./:-]*?(?::(?<tag>[\w][\w.-]{0,127}))?(?<digest>@sha256:[0-9a-f]{64})?$/.exec(reference);
  if (match === null) return `image ${JSON.stringify(reference)} is no image reference`;
  const { tag, digest } = match.groups ?? {};
  if (digest !== undefined) return undefined;
  if (tag === undefined || movingTags.has(tag)) {
    return `image ${reference} is not pinned: name a version (ghcr.io/openclaw/openclaw:2026.9.6), better with @sha256:… at its end`;
  }
  return undefined;
};

const binaryFaults = ({ name, url, sha256 }: ImageBinary): string[] => [
  ...(/^[\w][\w.+-]*$/.test(name) ? [] : [`binary ${JSON.stringify(name)} cannot be a program's name`]),
  // Whatever a Dockerfile would read as something else is not allowed in it.
  ...(/^https?:\/\/[^\s"'$\\]+$/.test(url) ? [] : [`binary ${name}: ${JSON.stringify(url)} is no http or https URL`]),
  ...(/^[0-9a-f]{64}$/.test(sha256) ? [] : [`binary ${name}: sha256 is not 64 hexadecimal digits`]),
];

/** What is wrong with an image, each fault a sentence of its own. */
export const imageFaults = (image: GatewayImage): string[] => [
  ...[referenceFault(image.reference)].filter((fault) => fault !== undefined),
  ...image.packages
    .filter((name) => !/^[a-z0-9][a-z0-9+.-]+(=[\w.+:~-]+)?$/.test(name))
    .map((name) => `package ${JSON.stringify(name)} is no Debian package name`),
  ...image.binaries.flatMap(binaryFaults),
];

const installed = (packages: readonly string[]): string[] =>
  packages.length === 0
    ? []
    : [
        "RUN apt-get update \\",
        `  && apt-get install --yes --no-install-recommends ${[...packages].sort().join(" ")} \\`,
        "  && rm -rf /var/lib/apt/lists/*",
      ];

const added = ({ name, url, sha256 }: ImageBinary): string =>
  `ADD --checksum=sha256:${sha256} --chmod=755 ${url} /usr/local/bin/${name}`;

/**
 * Renders the Dockerfile. It needs BuildKit of Docker 25 or newer (`ADD --checksum`).
 *
 * @param version OpenClaw version, for the label
 * @throws Error naming every fault of the image
 */
export function renderDockerfile(image: GatewayImage, version: string): string {
  const faults = imageFaults(image);
  if (faults.length > 0) throw new Error(faults.join("\n"));
  const additions = [...installed(image.packages), ...image.binaries.map(added)];
  return [
    `FROM ${image.reference}`,
    ...(additions.length === 0 ? [] : ["USER root", ...additions, "USER node"]),
    // The base is read when the image is pruned, to prune that one too.
    `LABEL org.opencontainers.image.version="${version}" org.opencontainers.image.base.name="${image.reference}"`,
    "",
  ].join("\n");
}
