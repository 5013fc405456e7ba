import { join } from "node:path";
import { pulumiProject, type PulumiProject } from "../../support/pulumi-project.ts";
import type { HetznerCloud } from "./hetzner-cloud.ts";
import type { ProgramInput } from "./provider-program.ts";

/** What the program deploys if nothing else was said. */
export const programInput: ProgramInput = {
  publicKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl test",
  ...{ label: "1", ports: ["22"], serverType: "cx23", userData: "#cloud-config\n{}\n", sizeGb: 10, protect: false },
};

/** A project with the program of provider-program.ts, whose provider talks to the cloud. */
export async function newProject(cloud: HetznerCloud): Promise<PulumiProject> {
  const project = await pulumiProject(join(import.meta.dirname, "provider-program.ts"), ["hcloud"], {
    "hcloud:endpoint": cloud.endpoint,
    "hcloud:token": cloud.token,
    // Doubled at every poll: a fixed pause would not grow beyond what an action takes.
    "hcloud:pollInterval": "1ms",
  });
  project.input = programInput;
  return project;
}
