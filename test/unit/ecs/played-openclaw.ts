/** A task in whose containers a small program plays `openclaw backup`. */
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { Task } from "./task.ts";

/** See the file's comment; also for what runs in the test's own process while it is there. */
export class PlayedTask extends Task {
  /** Files that steer the program, and that it leaves: `fail`, `hang`; `pid`, `began`, `ended`, `restored-with`. */
  readonly fake = join(this.root, "fake");
  readonly env: Readonly<Record<string, string>>;
  readonly #before: NodeJS.ProcessEnv;

  constructor() {
    super();
    mkdirSync(this.fake);
    mkdirSync(this.path("backups"));
    copyFileSync(join(import.meta.dirname, "openclaw-backup.sh"), join(this.fake, "openclaw"));
    this.#before = { ...process.env };
    this.env = {
      PATH: [this.fake, process.env["PATH"] ?? ""].join(delimiter),
      FAKE: this.fake,
      OPENCLAW_STATE_DIR: this.path("state"),
    };
    Object.assign(process.env, this.env);
  }

  /** An archive of a state that has just this memory. */
  archive(name: string, memory: string): void {
    const top = join(this.root, "archived", "top");
    mkdirSync(join(top, "payload/state"), { recursive: true });
    writeFileSync(join(top, "payload/state/memory"), memory);
    const assets = [{ kind: "state", sourcePath: "/data/state", archivePath: "top/payload/state" }];
    writeFileSync(join(top, "manifest.json"), JSON.stringify({ assets }));
    execFileSync("tar", ["-C", join(this.root, "archived"), "-czf", this.path("backups", name), "top"]);
  }

  override remove(): void {
    process.env = this.#before;
    super.remove();
  }
}
