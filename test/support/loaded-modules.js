// With --import: appends the URL of every module that a Pulumi program loads to the file LOADED_MODULES names.
import { appendFileSync } from "node:fs";
import { registerHooks } from "node:module";

const file = process.env.LOADED_MODULES;
if (file !== undefined && process.argv.some((word) => word.includes("@pulumi/pulumi/cmd/run"))) {
  registerHooks({
    load(url, context, nextLoad) {
      appendFileSync(file, `${url}\n`);
      return nextLoad(url, context);
    },
  });
}
