// The program's entry, in plain JavaScript: a Node that cannot run TypeScript gets a sentence instead of a parse error.
import { setImmediate } from "node:timers/promises";

const needed = "22.18.0";
const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
const [neededMajor = 0, neededMinor = 0] = needed.split(".").map(Number);

if (major < neededMajor || (major === neededMajor && minor < neededMinor)) {
  console.error(
    `pulumi-openclaw needs Node ${needed} or newer, this is ${process.versions.node}. Use "npm run pulumi -- …", which brings its own, or install a newer Node.`,
  );
  process.exit(1);
}

// When the engine is killed nobody reads any more. Pulumi's own handler of errors would try to tell that, which is an error that
// it would try to tell, for ever.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", () => {
    process.exit(1);
  });
}

export default async () => {
  await import("./lazy-sdk.ts");
  await import("./sdk-debugging.ts");
  const { providersOfTarget } = await import("./providers.ts");
  const providers = providersOfTarget();
  await setImmediate(); // their requests leave before modules are loaded, during which nothing does
  const { program } = await import("./program.ts");
  return program(providers);
};
