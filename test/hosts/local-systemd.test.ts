/**
 * The local target under systemd, on a machine that boots: a service of the machine, and one of a user who lingers. Root's
 * gateway is OpenClaw until it came back from SIGKILL, alice's until it is verified, and then a small one: the rest is
 * systemd's doing and the release's.
 */
import { randomBytes } from "node:crypto";
import { chmodSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { localRelease } from "../../components/local/local-release.ts";
import { gatewayPaths, localPaths, runFiles } from "../../components/local/paths.ts";
import type { ReleaseRequest } from "../../components/local/release/contract.ts";
import { runtimeDirectoryName } from "../../components/local/versions.ts";
import { machineEngine } from "../clouds/machines/engine.ts";
import { bootMachine, type BootedMachine } from "../clouds/machines/machine.ts";
import { createNetwork, type MachineNetwork } from "../clouds/machines/network.ts";
import { sweep } from "../clouds/machines/run-label.ts";
import { sharedOpenclaw } from "../support/machine.ts";

const repository = join(import.meta.dirname, "../..");
const version = "2026.9.6";
const installed = runtimeDirectoryName(version);
const token = randomBytes(48).toString("hex");
const smallProgram = readFileSync(join(import.meta.dirname, "../support/hosts/small-openclaw.js"), "utf8");

let network: MachineNetwork;
let machine: BootedMachine;

beforeAll(async () => {
  await machineEngine();
  await sweep();
  const runtimes = await sharedOpenclaw();
  chmodSync(join(runtimes, installed), 0o755); // for all users of the machine
  network = await createNetwork();
  machine = await bootMachine({
    name: "local",
    network,
    number: 2,
    mounts: { "/checkout": repository, [`/runtimes/${installed}`]: join(runtimes, installed) },
  });
  await machine.untilBooted();
  await machine.shell("useradd --create-home --uid 1500 alice && loginctl enable-linger alice");
  const [real, small] = ["/runtimes", "/small"].map((root) => `${root}/${installed}`);
  await machine.shell(
    `mkdir -p ${small}/node_modules/openclaw; cp ${real}/.complete ${small}; cp ${real}/node_modules/openclaw/package.json ${small}/node_modules/openclaw; ln -s ${real}/node_modules/.bin ${small}/node_modules/.bin`,
  );
  await machine.exec(["tee", `${small}/node_modules/openclaw/openclaw.mjs`], { input: smallProgram });
});

afterAll(async () => {
  await machine.destroy();
  await network.remove();
});

/** Who deploys on the machine, and what systemd calls its services. */
const people = {
  root: { home: "/root", port: 18_789, systemctl: "systemctl", as: "", killed: "/runtimes" },
  alice: {
    home: "/home/alice",
    port: 19_789,
    systemctl: "runuser -u alice -- env XDG_RUNTIME_DIR=/run/user/1500 systemctl --user",
    as: "runuser -u alice -- env HOME=/home/alice XDG_RUNTIME_DIR=/run/user/1500",
    killed: "/small",
  },
} as const;

describe.each(["root", "alice"] as const)("T6: a gateway of %s", (name) => {
  const { home, port, systemctl, as, killed } = people[name];
  const paths = localPaths(join(home, ".local/share/pulumi-openclaw"), "local");
  const unit = "openclaw-gateway-local.service";
  const request = (level: string, generation = 1): ReleaseRequest => ({
    generation,
    data: { onDestroy: "retain", adopt: undefined },
    release: localRelease(
      {
        stack: "local",
        owner: `organization/openclaw/${name}`,
        spec: { version, port, bind: "loopback", paths: gatewayPaths(paths), config: { logging: { level } } },
        paths,
        runtime: "systemd",
        env: {},
        home,
      },
      token,
      {},
    ),
  });

  /** Runs a step of the release as Pulumi does: in the program's folder, the document on standard input. */
  const step = async (script: "apply" | "remove", document: ReleaseRequest): Promise<string> => {
    const node = `/runtimes/${installed}/node_modules/.bin/node`;
    const { output, exitCode } = await machine.exec(
      ["bash", "-c", `cd /checkout/infra && ${as} ${node} ../components/local/release/${script}.ts`],
      { input: JSON.stringify(document) },
    );
    if (exitCode !== 0) throw new Error(`${script} ended with ${String(exitCode)}:\n${output}`);
    return output;
  };
  const pid = async (): Promise<string> =>
    (await machine.shell(`${systemctl} show --property=MainPID --value ${unit}`)).trim();
  const untilStarted = () =>
    machine.shell(
      `for _ in $(seq 900); do curl -fsS http://127.0.0.1:${String(port)}/startupz >/dev/null 2>&1 && exit 0; sleep 0.1; done; ${systemctl} status ${unit} >&2; exit 1`,
    );

  beforeAll(async () => {
    // Installed already; what a version's directory holds is never written to.
    await machine.shell(`${as} mkdir -p ${paths.root} && ${as} ln -sfn /runtimes ${paths.runtimes}`);
  });

  test("is started, enabled and verified", async () => {
    expect(await step("apply", request("info"))).toContain("verified");
    expect(await machine.shell(`${systemctl} is-enabled ${unit}`)).toBe("enabled");
    await machine.shell(`${as} install -m 600 /dev/null ${paths.data}/workspace/note.txt`);
    await machine.shell(`${as} ln -sfn ${killed} ${paths.runtimes}`);
  });

  test("is left alone by a release that changes nothing", async () => {
    const before = await pid();
    expect(await step("apply", request("info"))).toContain("already");
    expect(await pid()).toBe(before);
  });

  test("keeps its token out of the unit, the arguments and other users' sight", async () => {
    expect(await machine.shell(`${systemctl} cat ${unit}; ps -eo args`)).not.toContain(token);
    const { output } = await machine.exec(["runuser", "-u", "nobody", "--", "cat", runFiles(paths.run).release]);
    expect(output).toContain("Permission denied");
  });

  test("comes back after SIGKILL", async () => {
    const before = await pid();
    await machine.shell(`kill -KILL ${before}`);
    await untilStarted();
    expect(await pid()).not.toBe(before);
    await machine.shell(`${as} ln -sfn /small ${paths.runtimes}`);
  });

  test("is released anew when its configuration changes", async () => {
    const before = await pid();
    expect(await step("apply", request("debug"))).toContain("verified");
    expect(await pid()).not.toBe(before);
  });

  test("comes back after a reboot, with its state", async () => {
    await machine.reboot();
    await machine.untilBooted();
    await untilStarted();
    await machine.shell(`test -f ${paths.data}/workspace/note.txt`);
  });

  test("does not loop on a configuration that OpenClaw refuses (exit 78)", async () => {
    await machine.shell(`cp -p ${paths.data}/openclaw.json /tmp/good.json; echo '{' > ${paths.data}/openclaw.json`);
    await machine.shell(`${systemctl} restart ${unit}`);
    await machine.shell(
      `for _ in $(seq 300); do [ "$(${systemctl} is-failed ${unit})" = failed ] && exit 0; sleep 0.1; done; exit 1`,
    );
    expect(await machine.shell(`${systemctl} show --property=ExecMainStatus,NRestarts ${unit}`)).toMatch(
      /ExecMainStatus=78/,
    );
    await machine.shell(`cp -p /tmp/good.json ${paths.data}/openclaw.json`);
    expect(await step("apply", request("debug", 2))).toContain("verified");
  });

  test("is removed, and its state is kept", async () => {
    await step("remove", request("debug", 2));
    expect(await machine.shell(`${systemctl} show --property=LoadState --value ${unit}`)).toBe("not-found");
    await machine.shell(`test -f ${paths.data}/workspace/note.txt`);
  });
});
