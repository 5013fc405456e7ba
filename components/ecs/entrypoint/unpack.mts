/**
 * First thing that runs in the gateway's container: `node -e <this text> <JSON>`. Writes the modules that came along in the
 * task definition to a directory of the container, and enters the first of them.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** What came along; task-definition.ts writes it. */
interface Bundle {
  readonly directory: string;
  /** Text by path relative to the directory. */
  readonly files: Readonly<Record<string, string>>;
  /** The file that exports `enter`. */
  readonly entry: string;
  readonly parameters: unknown;
}

const bundle = JSON.parse(process.argv[1] ?? "") as Bundle;
for (const [path, text] of Object.entries(bundle.files)) {
  const file = join(bundle.directory, path);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, text);
}
const { enter } = (await import(join(bundle.directory, bundle.entry))) as {
  enter: (parameters: unknown) => Promise<void>;
};
await enter(bundle.parameters);
