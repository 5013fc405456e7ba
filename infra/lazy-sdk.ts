/**
 * What the Pulumi SDK does for programs that serialise functions (dynamic providers, Lambda callbacks) or drive other
 * programs, and this one does not need: it would take 0.4 s of every preview. The TypeScript compiler, npm's dependency
 * resolver and the Automation API are put off until something asks them for anything, and behave the same then. Import this
 * before the SDK.
 */
import Module, { createRequire } from "node:module";

const sdk = createRequire(createRequire(import.meta.url).resolve("@pulumi/pulumi"));

const loadLater = (name: string): void => {
  const file = sdk.resolve(name);
  if (sdk.cache[file] !== undefined) return;
  const placeholder = new Module(file);
  const load = (): Record<string | symbol, unknown> => {
    if (sdk.cache[file] === placeholder) Reflect.deleteProperty(sdk.cache, file);
    return sdk(file) as Record<string | symbol, unknown>; // whatever the package exports
  };
  placeholder.loaded = true;
  placeholder.exports = new Proxy(
    {},
    {
      get: (_, key) => {
        if (key === "__esModule") return true; // the SDK's import helpers copy every member of anything else
        return key === "default" ? load() : load()[key];
      },
    },
  );
  sdk.cache[file] = placeholder;
};

for (const name of ["typescript", "@npmcli/arborist", "normalize-package-data", "./automation"]) loadLater(name);

// Pulumi's host of the program maps every stack trace back to TypeScript, and the SDK takes one for each promise. Node strips
// types in place: the lines of ours are right without.
Reflect.deleteProperty(Error, "prepareStackTrace");
