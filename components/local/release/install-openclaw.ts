/** Entry of the child `<name>-openclaw`: `node install-openclaw.ts <version> <directory>`. */
import { installOpenclaw } from "./openclaw-runtime.ts";
import { runStep } from "./step.ts";

const [version = "", directory = ""] = process.argv.slice(2);
await runStep(() => installOpenclaw(version, directory));
