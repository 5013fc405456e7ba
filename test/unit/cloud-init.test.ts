/** User data and the stages of the baseline: exact text, exact refusals. */
import { describe, expect, it } from "vitest";
import {
  baselineStage,
  confirmStage,
  dockerRepository,
  worthAnotherConnection,
  type BaselineParameters,
} from "../../cloud-init/baseline.ts";
import { maxUserDataBytes, renderUserData, type UserData } from "../../cloud-init/user-data.ts";
import { stageStdin } from "../../components/container/stage.ts";

const key = (comment: string): string =>
  `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExample ${comment}`;

const userData: UserData = {
  user: "openclaw-deploy",
  authorizedKeys: [key("deployer"), `${key("somebody")}\n`],
  bootstrapHostKey: {
    privateOpenssh: "-----BEGIN EXAMPLE PRIVATE KEY-----\nZXhhbXBsZQ==\n-----END EXAMPLE PRIVATE KEY-----\n",
    publicOpenssh: "ssh-ed25519 AAAAexample\n",
  },
};

const parameters: BaselineParameters = {
  identity: "hetzner/1234",
  data: { device: "/dev/disk/by-id/scsi-0HC_Volume_5678", mountPoint: "/srv/openclaw", sizeGb: 10 },
  ssh: {
    user: "openclaw-deploy",
    port: 22,
    allowedCidrs: ["203.0.113.7/32", "2001:db8::/64"],
    allowWorld: false,
    authorizedKeys: [key("deployer")],
    tunnelKeys: [],
    gatewayPort: 18789,
  },
  metadata: [{ address: "169.254.169.254" }],
  docker: { source: "docker", ...dockerRepository },
  reboot: { time: "00:30" },
  logs: { journalMaxMiB: 500, containerMaxMiB: 10, containerFiles: 3 },
};

const fileOf = (path: string, changed: Partial<BaselineParameters> = {}): string =>
  baselineStage({ ...parameters, ...changed }).files[path]?.content ?? `there is no ${path}`;

describe("user data", () => {
  it("is this", async () => {
    await expect(renderUserData(userData)).toMatchFileSnapshot("golden/user-data.yaml");
  });

  it("fetches package lists only for packages", async () => {
    await expect(renderUserData({ ...userData, packages: ["sudo"] })).toMatchFileSnapshot(
      "golden/user-data-packages.yaml",
    );
  });

  it("may be as large as the smallest of the clouds allows, and not a byte larger", () => {
    const withComment = (length: number): UserData => ({ ...userData, authorizedKeys: [key("x".repeat(length))] });
    const room = maxUserDataBytes - Buffer.byteLength(renderUserData(withComment(1)));
    expect(Buffer.byteLength(renderUserData(withComment(room + 1)))).toBe(16_384);
    expect(() => renderUserData(withComment(room + 2))).toThrow(
      "the server's user data has 16385 bytes, and 16384 are allowed: ssh.authorizedKeys holds 1 keys; keep to Ed25519 keys, or to fewer",
    );
  });
});

describe("the baseline's stage", () => {
  it("has scripts as they are, and values in the files", () => {
    const stage = baselineStage(parameters);
    expect(stage).toMatchObject({ name: "baseline", run: "baseline.sh", parameters });
    expect(stage.files["steps/20-data.sh"]?.mode).toBe(0o755);
    expect(stage.files["units/data.mount"]).toMatchObject({ mode: 0o644 });
    expect(Object.keys(stage.files)).toEqual(Object.keys(stage.files).toSorted());
    for (const [path, { content }] of Object.entries(stage.files)) {
      expect(content, path).not.toMatch(/@[A-Z_]{2,}@/);
      expect(path).not.toMatch(/(^|\/)\./);
    }
    expect(() => stageStdin(stage)).not.toThrow();
  });

  it("differs only with its parameters", () => {
    expect(baselineStage(parameters)).toEqual(baselineStage(structuredClone(parameters)));
    expect(confirmStage(baselineStage(parameters))).toEqual(confirmStage(baselineStage(structuredClone(parameters))));
  });

  it("has a confirmation of its own, which carries next to nothing", () => {
    const confirmation = confirmStage(baselineStage(parameters));
    expect(confirmation).toMatchObject({ name: "confirm", run: "confirm.sh" });
    expect(Object.keys(confirmation.files)).toEqual(["confirm.sh"]);
    expect(confirmStage(baselineStage({ ...parameters, swapMiB: 1024 }))).not.toEqual(confirmation);
    expect(stageStdin(confirmation).length).toBeLessThan(stageStdin(baselineStage(parameters)).length / 3);
  });

  it("is confirmed by a further connection when that may help", () => {
    const script = confirmStage(baselineStage(parameters)).files["confirm.sh"]?.content ?? "";
    /** As a failure of Pulumi's command holds it. */
    const said = (words: string): string => {
      const line = script.split("\n").find((text) => text.includes(words)) ?? `confirm.sh does not say: ${words}`;
      return `Process exited with status 1: running "sudo …":\n${line}\n`;
    };
    const early = said("while this connection was open already");
    const undone = said("settings were undone");
    const again = said("are applied again");
    const other = 'Process exited with status 1: running "sudo …":\nbaseline failed in the step "packages"';
    for (const failures of [[early], [undone], [again], [again, undone], [again, undone, other]])
      expect(worthAnotherConnection(failures), failures[0]).toBe(true);
    for (const failures of [[other], [other, undone], [undone, again], [undone, again, undone], []])
      expect(worthAnotherConnection(failures), failures[0]).toBe(false);
  });

  it("lets in the tunnel's user only when somebody has a tunnel", () => {
    const path = "host/etc/ssh/sshd_config.d/00-openclaw.conf";
    expect(fileOf(path)).toMatch(/^AllowUsers openclaw-deploy$/m);
    expect(fileOf(path, { ssh: { ...parameters.ssh, tunnelKeys: [key("reader")] } })).toMatch(
      /^AllowUsers openclaw-deploy openclaw-tunnel$/m,
    );
  });

  it("never bans a single address that is allowed, and may ban one of a range", () => {
    expect(fileOf("host/etc/fail2ban/jail.d/openclaw.local")).toMatch(
      /^ignoreip = 127\.0\.0\.1\/8 ::1 203\.0\.113\.7$/m,
    );
    const allowedCidrs = ["203.0.113.7/32", "2001:db8::/64", "2001:db8::7/128"];
    expect(
      fileOf("host/etc/ssh/sshd_config.d/02-openclaw-penalties.conf", { ssh: { ...parameters.ssh, allowedCidrs } }),
    ).toMatch(/^PerSourcePenaltyExemptList 203\.0\.113\.7,2001:db8::7$/m);
  });

  it("upgrades an hour before the reboot window", () => {
    expect(fileOf("host/etc/apt/apt.conf.d/52openclaw-unattended-upgrades")).toContain('Automatic-Reboot-Time "00:30"');
    expect(fileOf("host/etc/systemd/system/apt-daily-upgrade.timer.d/openclaw.conf")).toContain("*-*-* 23:30");
  });

  it("names every fault of its parameters at once", () => {
    const wrong: BaselineParameters = {
      identity: "x",
      data: { device: "/dev/sdb; rm -rf /", mountPoint: "/srv/open claw", sizeGb: 0 },
      ssh: {
        user: "root\nAllowUsers all",
        port: 0,
        allowedCidrs: ["0.0.0.0/0", "203.0.113.7", "10.0.0.0/33", "2001:db8::/129"],
        allowWorld: false,
        authorizedKeys: [],
        tunnelKeys: ['command="sh" ssh-ed25519 AAAA', `${key("two")}\n${key("lines")}`],
        gatewayPort: 65_536,
      },
      metadata: [{ address: "metadata.internal", ports: [] }],
      docker: { source: "docker", repositoryUrl: "file:///x", keyUrl: "https://x/\ny", keyFingerprint: "0EBFCD88" },
      reboot: { time: "4 am" },
      logs: { journalMaxMiB: 0, containerMaxMiB: 1.5, containerFiles: 3 },
      swapMiB: -1,
    };
    expect(() => baselineStage(wrong)).toThrowErrorMatchingInlineSnapshot(`
      [Error: the host's baseline cannot be made:
        data.device is "/dev/sdb; rm -rf /": a path such as /dev/disk/by-id/…
        data.mountPoint is "/srv/open claw": a path such as /srv/openclaw
        data.sizeGb is 0: a number of GB
        ssh.user is "root\\nAllowUsers all": the name of a user
        ssh.port is 0: a number from 1 to 65535
        ssh.gatewayPort is 65536: a number from 1 to 65535
        ssh.allowedCidrs is "0.0.0.0/0": the whole world only with ssh.allowWorld: true
        ssh.allowedCidrs is "203.0.113.7": a range such as 203.0.113.7/32 or 2001:db8::/64
        ssh.allowedCidrs is "10.0.0.0/33": a range such as 203.0.113.7/32 or 2001:db8::/64
        ssh.allowedCidrs is "2001:db8::/129": a range such as 203.0.113.7/32 or 2001:db8::/64
        ssh.authorizedKeys is []: at least one public key
        an SSH public key is "command=\\"sh\\" ssh-ed25519 AAAA": one line such as ssh-ed25519 AAAA… name
        an SSH public key is "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExample two\\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExampleExampleExampleExampleExampleExample lines": one line such as ssh-ed25519 AAAA… name
        metadata address is "metadata.internal": an IPv4 or IPv6 address
        metadata ports is []: numbers from 1 to 65535
        a URL of Docker's repository is "file:///x": https://…
        a URL of Docker's repository is "https://x/\\ny": https://…
        docker.keyFingerprint is "0EBFCD88": 40 hex digits
        reboot.time is "4 am": a time such as 04:00
        logs.journalMaxMiB is 0: a whole number above 0
        logs.containerMaxMiB is 1.5: a whole number above 0
        swapMiB is -1: 0, or a whole number of MiB]
    `);
  });

  it("lets the world in only with ssh.allowWorld", () => {
    const ssh = { ...parameters.ssh, allowedCidrs: ["0.0.0.0/0", "::/0"] };
    expect(() => baselineStage({ ...parameters, ssh })).toThrow("only with ssh.allowWorld: true");
    expect(() => baselineStage({ ...parameters, ssh: { ...ssh, allowWorld: true } })).not.toThrow();
  });
});
