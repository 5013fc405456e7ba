/**
 * What a provider's image lacks is installed: from a mirror, and from Docker's signed repository, whose key must be the
 * expected one. Both repositories are the test's own; the mirror's packages are the distribution's. Docker's cannot be
 * reached where this runs: packages with their names stand in, and bring the distribution's engine.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { baselineStage } from "../../cloud-init/baseline.ts";
import { bootHost, withFault, type HostUnderTest, type ParameterChanges } from "../support/hosts/booted-host.ts";
import {
  armouredTogether,
  downloadPackages,
  linkAll,
  makeSigningKey,
  publish,
  renamePackage,
  serveDirectory,
  type SigningKey,
} from "../support/hosts/package-repositories.ts";

/** What the baseline installs, on an image without it. */
const needed = [
  ...["ufw", "fail2ban", "unattended-upgrades", "xfsprogs", "jq", "python3-systemd", "gnupg", "iptables", "nftables"],
  ...["e2fsprogs", "ca-certificates", "curl", "procps", "docker.io", "docker-cli", "docker-compose", "docker-buildx"],
];
/** Docker's names for what the distribution calls otherwise. */
const dockersNames = {
  "docker.io": "docker-ce",
  "docker-cli": "docker-ce-cli",
  containerd: "containerd.io",
  "docker-buildx": "docker-buildx-plugin",
  "docker-compose": "docker-compose-plugin",
};

const root = mkdtempSync(join(tmpdir(), "openclaw-packages-"));
const [mirror, docker] = [join(root, "mirror"), join(root, "docker")];
let host: HostUnderTest;
let server: Awaited<ReturnType<typeof serveDirectory>>;
let keys: { mirror: SigningKey; docker: SigningKey; other: SigningKey };

beforeAll(async () => {
  host = await bootHost("bare", { image: "bare" });
  keys = {
    mirror: await makeSigningKey(join(root, "keys/mirror"), "mirror"),
    docker: await makeSigningKey(join(root, "keys/docker"), "docker"),
    other: await makeSigningKey(join(root, "keys/other"), "other"),
  };
  await linkAll(await downloadPackages(host.machine, needed), mirror);
  await publish(mirror, "Debian", "main", keys.mirror);
  mkdirSync(docker);
  for (const name of Object.keys(dockersNames)) await renamePackage(mirror, docker, name, "99.0-1", dockersNames);
  await publish(docker, "Docker", "stable", keys.docker);
  writeFileSync(join(docker, "gpg"), keys.docker.armoured);
  writeFileSync(join(docker, "two"), await armouredTogether([keys.docker, keys.other]));
  writeFileSync(join(docker, "hidden"), keys.docker.armoured + keys.other.armoured);
  writeFileSync(join(docker, "page"), "<html>please log in</html>\n");
  server = await serveDirectory(root, host.network.gateway);
});
afterAll(async () => {
  server.close();
  await host[Symbol.asyncDispose]();
  rmSync(root, { recursive: true, force: true });
});

const useMirror = async (machine: HostUnderTest["machine"]): Promise<void> => {
  await machine.exec(["tee", "/etc/apt/keyrings/mirror.asc"], { input: keys.mirror.armoured });
  const line = `deb [signed-by=/etc/apt/keyrings/mirror.asc] ${server.url}/mirror trixie main`;
  await machine.shell(`echo '${line}' >/etc/apt/sources.list`);
};

const fromDocker = (changes: Partial<NonNullable<ParameterChanges["docker"]>> = {}): ParameterChanges => ({
  docker: {
    source: "docker",
    repositoryUrl: `${server.url}/docker`,
    keyUrl: `${server.url}/docker/gpg`,
    keyFingerprint: keys.docker.fingerprint,
    ...changes,
  },
});

/** Nothing of Docker is on the host, and apt works. */
async function expectNothingOfDocker(): Promise<void> {
  expect(
    await host.machine.shell("ls /etc/apt/keyrings /etc/apt/sources.list.d; command -v docker dockerd || true"),
  ).toBe("/etc/apt/keyrings:\nmirror.asc\n\n/etc/apt/sources.list.d:");
  expect(await host.machine.shell("apt-get update 2>&1 | grep -cE '^(W|E):' || true")).toBe("0");
}

describe("a mirror that does not answer", () => {
  it("is tried again, then said, and nothing was begun", async () => {
    await host.machine.shell(`echo 'deb ${server.url}1/nowhere trixie main' >/etc/apt/sources.list`);
    const stage = withFault(
      baselineStage(host.parameters(fromDocker())),
      "lib.sh",
      "APT_ATTEMPTS:-4",
      "APT_ATTEMPTS:-2",
    );
    const { output, exitCode } = await host.run(withFault(stage, "lib.sh", "sleep $((attempt * 10))", "sleep 0"));
    expect(exitCode).toBe(1);
    expect(output).toMatch(/installing .*fail2ban.*\n {2}apt failed \(attempt 1 of 2\), again in 10 s\n/);
    expect(output).toMatch(/error: apt could not install .*Can the host reach its package mirrors/);
    expect(output).toContain('baseline failed in the step "packages" (exit code 1)');
  });
});

describe("Docker's repository", () => {
  beforeAll(async () => {
    await useMirror(host.machine);
    // An installation that was cut off: apt refuses to work until dpkg has been told to go on.
    await host.machine.shell("touch /var/lib/dpkg/updates/0001; ! apt-get check 2>&1 | grep -v 'dpkg was interrupted'");
  });

  it.each([
    ["has another fingerprint", () => ({ keyFingerprint: "0".repeat(40) }), () => keys.docker.fingerprint],
    [
      "is one of two",
      () => ({ keyUrl: `${server.url}/docker/two` }),
      () => `${keys.docker.fingerprint} ${keys.other.fingerprint}`,
    ],
    ["is none", () => ({ keyUrl: `${server.url}/docker/page` }), () => "(none: it is not a key)"],
  ])("is not trusted when its key %s", async (_what, changes, found) => {
    const { output, exitCode } = await host.baseline(fromDocker(changes()));
    expect(exitCode).toBe(1);
    const { keyUrl = "", keyFingerprint = "" } = fromDocker(changes()).docker ?? {};
    expect(output).toContain(
      `error: the key at ${keyUrl} has the fingerprint ${found()}, expected was ${keyFingerprint}: Docker was not installed, and nothing was trusted`,
    );
    expect(output).toContain('baseline failed in the step "docker"');
    await expectNothingOfDocker();
  });

  it("is not trusted when its key is not there", async () => {
    const { output } = await host.baseline(fromDocker({ keyUrl: `${server.url}/docker/missing` }));
    expect(output).toMatch(
      /404[^]*error: Docker's signing key could not be fetched from .*openclaw:host.dockerSource "debian"/,
    );
    await expectNothingOfDocker();
  });

  it("is taken out again when somebody else signed it", async () => {
    await publish(docker, "Docker", "stable", keys.other);
    const stage = withFault(
      baselineStage(host.parameters(fromDocker())),
      "lib.sh",
      "APT_ATTEMPTS:-4",
      "APT_ATTEMPTS:-1",
    );
    const { output, exitCode } = await host.run(stage);
    await publish(docker, "Docker", "stable", keys.docker);
    expect(exitCode).toBe(1);
    expect(output).toContain(`error: Docker could not be installed from ${server.url}/docker: apt's words are above`);
    await expectNothingOfDocker();
  });

  it("is installed from, and everything is as on a machine that had it all", async () => {
    // What gpg does not see in the file is not trusted either.
    const withHidden = fromDocker({ keyUrl: `${server.url}/docker/hidden` });
    const first = await host.converge(withHidden);
    const trusted = await host.machine.shell(
      "gpg --show-keys --with-colons /etc/apt/keyrings/openclaw-docker.gpg 2>&1",
    );
    expect(trusted.match(/^fpr:.*$/gm)).toEqual([`fpr:::::::::${keys.docker.fingerprint}:`]);
    console.log(`baseline that installs Docker: ${first.seconds.toFixed(1)} s`);
    expect(first.output).toContain(
      "installed docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin",
    );
    const second = await host.baseline(withHidden);
    expect(second.output).toMatch(/\nbaseline: 0 changes/);
    expect(await host.machine.shell("cat /etc/apt/sources.list.d/openclaw-docker.sources")).toMatch(
      new RegExp(
        `^Types: deb\nURIs: ${server.url}/docker\nSuites: trixie\nComponents: stable\nArchitectures: \\w+\nSigned-By: /etc/apt/keyrings/openclaw-docker.gpg$`,
      ),
    );
    expect(
      await host.machine.shell("docker info -f '{{.LoggingDriver}} {{.LiveRestoreEnabled}}'; ufw status | head -n1"),
    ).toBe("local true\nStatus: active");
    expect(await host.machine.shell("systemctl is-active docker fail2ban ufw srv-openclaw.mount")).toBe(
      "active\nactive\nactive\nactive",
    );
  });

  it("is one that upgrades come from by themselves", async () => {
    await renamePackage(mirror, docker, "docker-cli", "99.1-1", dockersNames);
    await publish(docker, "Docker", "stable", keys.docker);
    expect(await host.machine.shell("apt-get update >/dev/null; unattended-upgrade --dry-run --debug 2>&1")).toMatch(
      /Packages that will be upgraded: docker-ce-cli\n/,
    );
  });

  it("does not replace an engine that is there, whatever the configuration says", async () => {
    const { output, exitCode } = await host.baseline({ docker: { source: "debian" } });
    expect(exitCode).toBe(0);
    expect(output).toContain("\ndocker\n  as it should be\n");
  });
});

describe("Debian's own packages", () => {
  it("are installed when the configuration says so", async () => {
    const other = await bootHost("bare-debian", { image: "bare" });
    try {
      await other.machine.exec(["tee", "/etc/apt/keyrings/mirror.asc"], { input: keys.mirror.armoured });
      const reached = await serveDirectory(root, other.network.gateway);
      const line = `deb [signed-by=/etc/apt/keyrings/mirror.asc] ${reached.url}/mirror trixie main`;
      await other.machine.shell(`echo '${line}' >/etc/apt/sources.list`);
      const first = await other.converge();
      reached.close();
      expect(first.output).toContain("installed docker.io docker-cli docker-buildx docker-compose");
      expect((await other.baseline()).output).toMatch(/\nbaseline: 0 changes/);
      expect(await other.machine.shell("docker compose version --short; ls /etc/apt/sources.list.d")).toMatch(
        /^v?2\.\S+$/,
      );
    } finally {
      await other[Symbol.asyncDispose]();
    }
  });
});
