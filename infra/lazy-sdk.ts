/**
 * The Pulumi SDK loads the TypeScript compiler and npm's dependency resolver as soon as it is imported, for programs that
 * serialise functions (dynamic providers, Lambda callbacks). This one does not, and they are 0.2 s of every preview: they
 * are put off until something asks them for anything, and behave the same then. Import this before the SDK.
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

for (const name of ["typescript", "@npmcli/arborist", "normalize-package-data"]) loadLater(name);
