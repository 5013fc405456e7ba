// An OpenClaw release that passes its own validation, damages the state at start and crashes: what a bad update does.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

if (process.argv[2] === "config") {
  console.log('{"valid":true}');
} else {
  writeFileSync(join(process.env["OPENCLAW_WORKSPACE_DIR"] ?? ".", "MEMORY.md"), "damaged");
  console.error("[gateway] fatal: cannot read the model registry");
  process.exit(1);
}
