/** The data volume and the swap file: formatted when blank and never else, grown while in use, there again on another machine. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { baselineStage } from "../../cloud-init/baseline.ts";
import { bootMachine } from "../clouds/machines/machine.ts";
import { createVolume, type BlockVolume } from "../clouds/machines/volume.ts";
import { bootHost, volumeId, withFault, type HostUnderTest } from "../support/hosts/booted-host.ts";

let host: HostUnderTest;
const more: BlockVolume[] = [];

beforeAll(async () => {
  host = await bootHost("data");
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  for (const volume of more) await volume.destroy();
});

const dataIn = (mountPoint: string) =>
  host.machine.shell(`findmnt -no FSTYPE --mountpoint ${mountPoint}; cat ${mountPoint}/kept`);

/** Attaches a further volume and prepares it; its parameters lead to another mount point. */
async function attached(id: string, prepare: string, sizeGb = 1) {
  const volume = await createVolume({ sizeGb });
  more.push(volume);
  await host.machine.attach(volume, id);
  await host.machine.shell(`device=$(readlink -f /dev/disk/by-id/${id}); ${prepare}`);
  return { volume, parameters: { data: { device: `/dev/disk/by-id/${id}`, mountPoint: "/srv/other" } } };
}

describe("the data volume", () => {
  it("is formatted when it is blank, and never again", async () => {
    expect((await host.converge()).output).toContain("which was blank, as xfs");
    await host.machine.shell("echo precious >/srv/openclaw/kept; chmod 755 /srv/openclaw");
    const { output } = await host.converge();
    expect(output).not.toContain("formatted");
    expect(output).toContain("closed /srv/openclaw to everybody but root");
    expect(await dataIn("/srv/openclaw")).toBe("xfs\nprecious");
    expect((await host.ssh("ls /srv/openclaw")).output).toContain("Permission denied");
    expect(await host.machine.shell("xfs_info /srv/openclaw | grep -o reflink=1")).toBe("reflink=1");
  });

  it("grows while it is written to", async () => {
    const size = () => host.machine.shell("df --output=size -BM /srv/openclaw | tail -n1");
    expect(Number.parseInt(await size(), 10)).toBeLessThan(1024);
    await host.volume.grow(3);
    await host.machine.shell(
      "systemd-run --quiet --unit=writer bash -c 'while true; do date +%N >>/srv/openclaw/written; done'",
    );
    const { output } = await host.converge({ data: { sizeGb: 3 } });
    expect(output).toContain("grew the file system from 1.0 GiB to 3.0 GiB");
    await host.machine.shell("systemctl is-active writer && systemctl stop writer");
    expect(Number.parseInt(await size(), 10)).toBeGreaterThan(2900);
    expect(await dataIn("/srv/openclaw")).toBe("xfs\nprecious");
    expect((await host.baseline({ data: { sizeGb: 3 } })).output).toMatch(/\nbaseline: 0 changes/);
  });

  it("that was not enlarged is said", async () => {
    const stage = baselineStage(host.parameters({ data: { sizeGb: 5 } }));
    const { output, exitCode } = await host.run(withFault(stage, "steps/20-data.sh", "second < 30", "second < 1"));
    expect(exitCode).toBe(1);
    expect(output).toContain(
      `error: /dev/disk/by-id/${volumeId} has 3.0 GiB, but the configuration says 5 GB: the volume was not enlarged`,
    );
  });

  it("that is missing is waited for, then said", async () => {
    const stage = baselineStage(host.parameters({ data: { device: "/dev/disk/by-id/missing" } }));
    const { output, exitCode } = await host.run(withFault(stage, "steps/20-data.sh", ":-180}", ":-2}"));
    expect(exitCode).toBe(1);
    expect(output).toContain(
      "error: /dev/disk/by-id/missing did not appear within 2 s. Is the data volume attached to this server?",
    );
  });

  it("does not keep SSH from starting when it is missing at boot, and is mounted when it comes", async () => {
    await host.machine.detach(host.volume);
    await host.machine.reboot();
    await host.machine.shell("until systemctl is-active ssh; do sleep 0.2; done");
    expect((await host.ssh("systemctl is-active srv-openclaw.mount openclaw-data-device.service")).output).toBe(
      "inactive\nactivating",
    );
    await host.machine.attach(host.volume, volumeId);
    await host.machine.shell("for try in $(seq 50); do mountpoint -q /srv/openclaw && exit; sleep 0.2; done; exit 1");
    expect(await dataIn("/srv/openclaw")).toBe("xfs\nprecious");
    await host.machine.untilBooted();
  });

  it("is mounted when it comes after the wait for it was given up", async () => {
    const unit = "/etc/systemd/system/openclaw-data-device.service";
    await host.machine.shell(`sed -i.before 's/ 600$/ 2/' ${unit} && systemctl daemon-reload`);
    await host.machine.detach(host.volume);
    await host.machine.reboot();
    await host.machine.shell("until systemctl is-failed openclaw-data-device; do sleep 0.2; done");
    await host.machine.attach(host.volume, volumeId);
    await host.machine.shell("for try in $(seq 50); do mountpoint -q /srv/openclaw && exit; sleep 0.2; done; exit 1");
    expect(await dataIn("/srv/openclaw")).toBe("xfs\nprecious");
    await host.machine.shell(`mv ${unit}.before ${unit}; systemctl daemon-reload`);
    await host.machine.untilBooted();
  });

  it("stays unmounted for whoever unmounts it while it is attached", async () => {
    await host.machine.shell("systemctl stop srv-openclaw.mount; sleep 5");
    expect((await host.machine.exec(["mountpoint", "--quiet", "/srv/openclaw"])).exitCode).not.toBe(0);
    await host.machine.shell(
      "xfs_repair -n $(readlink -f /dev/disk/by-id/*Volume_1); systemctl start srv-openclaw.mount",
    );
    expect(await dataIn("/srv/openclaw")).toBe("xfs\nprecious");
  });

  it.each([
    ["a partition table", "echo 'label: gpt' | sfdisk --quiet $device", '"gpt'],
    [
      "an encrypted volume",
      "printf 'LUKS\\xba\\xbe\\x00\\x02' | dd of=$device conv=notrunc status=none",
      "crypto_LUKS",
    ],
    ["swap space", "mkswap $device", '"swap"'],
    ["another file system", "mkfs.ext2 -q $device", '"ext2"'],
    ["data without a signature", "echo data | dd of=$device bs=1M seek=2 conv=notrunc status=none", "not known"],
  ])("is not touched when it holds %s", async (_what, prepare, named) => {
    const id = `foreign-${String(more.length)}`;
    const { volume, parameters } = await attached(id, prepare);
    const content = `head -c 100M /dev/disk/by-id/${id} | sha256sum`;
    const before = await host.machine.shell(content);
    const { output, exitCode } = await host.baseline(parameters);
    expect(exitCode).toBe(1);
    expect(output).toContain(named);
    expect(output).toContain("Nothing was written to it");
    expect(output).toContain('baseline failed in the step "data"');
    expect(await host.machine.shell(content)).toBe(before);
    await host.machine.detach(volume);
  });

  it("is refused where something else is mounted", async () => {
    const { parameters, volume } = await attached("elsewhere", "true");
    const { output } = await host.baseline({ data: { ...parameters.data, mountPoint: "/srv/openclaw" } });
    expect(output).toMatch(
      /error: \/srv\/openclaw holds another file system \(\/dev\/\w+\) than \/dev\/disk\/by-id\/elsewhere/,
    );
    await host.machine.detach(volume);
  });

  it("is there again on another machine", async () => {
    await host.machine.detach(host.volume);
    await host.machine.shell("umount /srv/openclaw");
    const other = await bootMachine({ name: "successor", network: host.network, number: 12 });
    try {
      await other.untilBooted();
      await other.attach(host.volume, volumeId);
      await other.shell("useradd --create-home openclaw-deploy");
      const stage = baselineStage(host.parameters());
      await other.shell("mkdir -p /root/stage");
      for (const [path, { content }] of Object.entries(stage.files))
        await other.exec(["bash", "-c", `mkdir -p "$(dirname "/root/stage/$0")"; cat >"/root/stage/$0"`, path], {
          input: content,
        });
      await other.exec(["tee", "/root/stage/parameters.json"], { input: JSON.stringify(stage.parameters) });
      const output = await other.shell("bash /root/stage/baseline.sh");
      expect(output).not.toContain("formatted");
      expect(await other.shell("cat /srv/openclaw/kept; umount /srv/openclaw")).toBe("precious");
    } finally {
      await other.destroy();
      await host.machine.attach(host.volume, volumeId);
      await host.machine.shell("systemctl restart srv-openclaw.mount");
    }
  });
});

describe("an ext4 volume", () => {
  it("is adopted as it is; where the kernel does not let it grow, that is said, with the way to do it", async () => {
    const { volume, parameters } = await attached(
      "adopted",
      "mkfs.ext4 -q $device; mkdir /mnt/new; mount $device /mnt/new; echo adopted >/mnt/new/kept; umount /mnt/new",
    );
    const { output } = await host.converge(parameters);
    expect(output).not.toContain("formatted");
    expect(await dataIn("/srv/other")).toBe("ext4\nadopted");

    await volume.grow(2);
    const grown = await host.baseline({ data: { ...parameters.data, sizeGb: 2 } });
    // Machines of the tests lack CAP_SYS_RESOURCE, which ext4 asks for; a host has it.
    expect(grown.exitCode).toBe(1);
    expect(grown.output).toMatch(/resize2fs: (Permission denied|Operation not permitted)/);
    expect(grown.output).toContain(
      "the volume has 2.0 GiB, but its ext4 file system stays at 1.0 GiB: the kernel refused to grow it while mounted",
    );
    expect(await dataIn("/srv/other")).toBe("ext4\nadopted");

    const way = /With the gateway stopped: (.*)$/m.exec(grown.output)?.[1] ?? "";
    await host.machine.shell(way.replace("e2fsck -f", "e2fsck -fp"));
    expect((await host.baseline({ data: { ...parameters.data, sizeGb: 2 } })).exitCode).toBe(0);
    expect(await dataIn("/srv/other")).toBe("ext4\nadopted");
  });
});

describe("the swap file", () => {
  const mountRoot = (id: string, sizeGb: number) =>
    attached(id, "mkfs.ext4 -q $device; mkdir -p /var/swap; mount $device /var/swap", sizeGb);

  it("is not made where the file system cannot hold one, nor where it would fill the disk", async () => {
    expect((await host.baseline({ swapMiB: 64 })).output).toContain(
      "no swap file: the file system of /var/swap is overlay, which cannot hold one",
    );
    await mountRoot("small", 1);
    expect((await host.baseline({ swapMiB: 64 })).output).toMatch(
      /no swap file of 64 MiB: \d+ MiB are free in \/var\/swap/,
    );
    await host.machine.shell("umount /var/swap");
  });

  it("is made once in the wanted size, for root only, and goes when it is not wanted any more", async () => {
    await mountRoot("large", 20);
    const first = await host.converge({ swapMiB: 64 });
    expect(first.output).toContain("made a swap file of 64 MiB");
    // Machines of the tests may not switch swap on: it would be the computer's.
    expect(first.output).toContain("this is a container, whose swap is its host's");
    const file = await host.machine.shell(
      "stat -c '%a %s' /var/swap/openclaw; blkid -p -o value -s TYPE /var/swap/openclaw",
    );
    expect(file).toBe(`600 ${String(64 * 2 ** 20)}\nswap`);
    expect((await host.baseline({ swapMiB: 64 })).output).toMatch(/\nbaseline: 0 changes/);
    expect((await host.baseline({ swapMiB: 128 })).output).toContain("made a swap file of 128 MiB");
    expect((await host.converge()).output).toContain("removed the swap file");
    expect(await host.machine.shell("ls -A /var/swap")).toBe("lost+found");
  });

  it.each([
    [3_900_000, "lost+found\nopenclaw"],
    [8_000_000, "lost+found"],
  ])("has 2 GiB by default on machines with less than 4 GiB, and else there is none: %i kB", async (memory, files) => {
    await host.converge();
    await host.machine.shell(`echo "MemTotal: ${String(memory)} kB" >/run/meminfo`);
    const { swapMiB, ...rest } = host.parameters();
    expect(swapMiB).toBe(0);
    const stage = withFault(baselineStage(rest), "steps/15-system.sh", "/proc/meminfo", "/run/meminfo");
    const { output } = await host.run(stage);
    expect(output.includes("made a swap file of 2048 MiB for 3808 MiB of memory")).toBe(memory < 4_000_000);
    expect(await host.machine.shell("ls /var/swap")).toBe(files);
  });
});
