/** User data and the baseline's files, judged by the programs that will read them. */
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";
import { afterAll, describe, expect, it } from "vitest";
import { baselineStage, dockerRepository } from "../../cloud-init/baseline.ts";

const golden = join(import.meta.dirname, "../unit/golden");
const root = mkdtempSync(join(tmpdir(), "openclaw-cloud-init-"));
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

const stage = baselineStage({
  identity: "hetzner/1",
  data: { device: "/dev/disk/by-id/scsi-0HC_Volume_5678", mountPoint: "/srv/openclaw" },
  ssh: {
    user: "openclaw-deploy",
    port: 22,
    allowedCidrs: ["203.0.113.0/24", "2001:db8::1/128"],
    allowWorld: false,
    authorizedKeys: ["ssh-ed25519 AAAA deployer"],
    tunnelKeys: ["ssh-ed25519 AAAA reader"],
    gatewayPort: 18789,
  },
  metadata: [{ address: "169.254.169.254", ports: [80] }],
  docker: { source: "docker", ...dockerRepository },
  reboot: { time: "04:00" },
  logs: { journalMaxMiB: 500, containerMaxMiB: 10, containerFiles: 3 },
});
const contentOf = (path: string): string => {
  const file = stage.files[path];
  if (file === undefined) throw new Error(`the stage has no ${path}`);
  return file.content;
};

/** The files as they will lie on a host. */
const host = join(root, "host");
for (const [path, { content, mode }] of Object.entries(stage.files)) {
  const place = path === "units/data.mount" ? "host/etc/systemd/system/srv-openclaw.mount" : path;
  mkdirSync(dirname(join(root, place)), { recursive: true });
  writeFileSync(join(root, place), content);
  chmodSync(join(root, place), mode);
}

const run = async (
  program: string,
  words: readonly string[],
): Promise<{ said: string; exitCode: number | undefined }> => {
  const { all, exitCode } = await execa(program, words, { all: true, reject: false });
  return { said: all, exitCode };
};

describe("user data", () => {
  const schema = (file: string) => run("cloud-init", ["schema", "--config-file", file]);

  it.each(["user-data.yaml", "user-data-packages.yaml"])("satisfies cloud-init's schema: %s", async (name) => {
    const { said, exitCode } = await schema(join(golden, name));
    expect(said).toContain("Valid");
    expect(exitCode).toBe(0);
  });

  it.each([
    ["a key that is a word", "disable_root: true", "disable_root: maybe"],
    ["a type of keys that does not exist", "- ed25519\n", "- ed448\n"],
    ["no first line", "#cloud-config\n", ""],
  ])("would not, with %s", async (_fault, good, bad) => {
    const text = readFileSync(join(golden, "user-data.yaml"), "utf8");
    expect(text).toContain(good);
    const file = join(root, "faulty.yaml");
    writeFileSync(file, text.replace(good, bad));
    expect((await schema(file)).exitCode).not.toBe(0);
  });
});

describe("the units", () => {
  const units = Object.keys(stage.files)
    .filter((path) => /^host\/etc\/systemd\/system\/[^/]+$/.test(path))
    .map((path) => path.slice("host".length))
    .concat("/etc/systemd/system/srv-openclaw.mount");
  const verify = async (unit: string): Promise<string> =>
    (await run("systemd-analyze", ["verify", "--recursive-errors=no", "--man=no", `--root=${host}`, join(host, unit)]))
      .said;

  it.each(units)("are taken by systemd without a word: %s", async (unit) => {
    expect(await verify(unit)).toBe("");
  });

  it("would not be, with a fault", async () => {
    const unit = "/etc/systemd/system/faulty.service";
    writeFileSync(join(host, unit), "[Service]\nType=onceshot\nExecStart=/usr/local/lib/openclaw/missing.sh\n");
    expect(await verify(unit)).toMatch(/onceshot[^]*missing\.sh/);
  });

  it("run scripts that are there, and may be executed", () => {
    const scripts = Object.values(stage.files).flatMap(({ content }) => [...content.matchAll(/^Exec\w+=(\S+)/gm)]);
    expect(scripts.length).toBeGreaterThan(2);
    for (const [, script = ""] of scripts) expect(stage.files[`host${script}`]?.mode, script).toBe(0o755);
  });

  it("run upgrades at a time that systemd knows", async () => {
    const timer = contentOf("host/etc/systemd/system/apt-daily-upgrade.timer.d/openclaw.conf");
    const time = /^OnCalendar=(.+)$/m.exec(timer)?.[1] ?? "";
    const { said, exitCode } = await run("systemd-analyze", ["calendar", time]);
    expect(said).toContain("03:00:00");
    expect(exitCode).toBe(0);
  });
});

describe("sshd's settings", () => {
  const settings = async (user: string): Promise<ReadonlySet<string>> => {
    const config = join(root, "sshd_config");
    const key = join(root, `host-key-${user}`);
    await execa("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    // As the distribution's own: our files are included first, others follow.
    const included = join(root, `sshd_config.d-${user}`);
    mkdirSync(included);
    for (const name of ["00-openclaw.conf", "01-openclaw-tunnel.conf"]) {
      const text = contentOf(`host/etc/ssh/sshd_config.d/${name}`).replace("/etc/ssh/ssh_host_ed25519_key", key);
      writeFileSync(join(included, name), text);
    }
    writeFileSync(join(included, "50-cloud-init.conf"), "PasswordAuthentication yes\n");
    writeFileSync(
      config,
      `Include ${included}/*.conf\nX11Forwarding yes\nPermitRootLogin yes\nSubsystem sftp internal-sftp\n`,
    );
    mkdirSync("/run/sshd", { recursive: true });
    expect(await run("/usr/sbin/sshd", ["-t", "-f", config])).toEqual({ said: "", exitCode: 0 });
    const of = ["-T", "-f", config, "-C", `user=${user},host=client,addr=203.0.113.7`];
    return new Set((await run("/usr/sbin/sshd", of)).said.split("\n"));
  };

  it("let the deploy user in by key, whatever other files say", async () => {
    expect([...(await settings("openclaw-deploy"))]).toEqual(
      expect.arrayContaining([
        "allowusers openclaw-deploy",
        "allowusers openclaw-tunnel",
        "authenticationmethods publickey",
        "passwordauthentication no",
        "kbdinteractiveauthentication no",
        "permitrootlogin no",
        "allowtcpforwarding local",
        "allowstreamlocalforwarding no",
        "allowagentforwarding no",
        "x11forwarding no",
        "permitopen any",
        "maxsessions 10",
      ]),
    );
  });

  it("give people with a tunnel no session, and one port", async () => {
    expect([...(await settings("openclaw-tunnel"))]).toEqual(
      expect.arrayContaining([
        "allowtcpforwarding local",
        "permitopen 127.0.0.1:18789",
        "maxsessions 0",
        "permittty no",
        "forcecommand /usr/sbin/nologin",
        "authorizedkeysfile /etc/ssh/openclaw-tunnel.keys",
      ]),
    );
  });
});

describe("apt's settings", () => {
  const path = "host/etc/apt/apt.conf.d/52openclaw-unattended-upgrades";

  it("add Docker's origin to those of the distribution", async () => {
    const debian = join(root, "apt.conf");
    const theirs = 'Unattended-Upgrade::Origins-Pattern { "origin=Debian,label=Debian"; };\n';
    writeFileSync(debian, theirs + contentOf(path));
    const { said, exitCode } = await run("apt-config", ["-c", debian, "dump", "--no-empty"]);
    expect(exitCode).toBe(0);
    const origins = [...said.matchAll(/^Unattended-Upgrade::Origins-Pattern:: "(.*)";$/gm)].map(([, origin]) => origin);
    expect(origins).toEqual([
      "origin=Debian,label=Debian",
      "origin=Debian,codename=${distro_codename}-security,label=Debian-Security",
      "origin=Ubuntu,archive=${distro_codename}-security",
      "origin=Docker",
    ]);
    expect(said).toContain('Unattended-Upgrade::Automatic-Reboot-Time "04:00";');
  });
});

describe("shell scripts of the stage", () => {
  it("satisfy shellcheck, where they lie", async () => {
    const folder = join(import.meta.dirname, "../../cloud-init/baseline");
    const scripts = Object.keys(stage.files).filter((path) => path.endsWith(".sh"));
    expect(scripts.length).toBeGreaterThan(12);
    expect(
      await run(
        "shellcheck",
        [...scripts, "../confirm.sh"].map((path) => join(folder, path)),
      ),
    ).toEqual({ said: "", exitCode: 0 });
  });

  it("are all run: a step that does not end in .sh would be forgotten", () => {
    const steps = Object.keys(stage.files).filter((path) => path.startsWith("steps/"));
    for (const step of steps) expect(step).toMatch(/^steps\/\d\d-[a-z0-9-]+\.sh$/);
  });
});
