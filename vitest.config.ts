import { defineConfig } from "vitest/config";

/** One project a layer, cheapest first; see "Tests" in CONTRIBUTING.md. */
const layer = (name: string, testTimeoutSeconds: number, globalSetup: string[] = []) => ({
  test: {
    name,
    globalSetup,
    include: [`test/${name}/**/*.test.ts`],
    testTimeout: testTimeoutSeconds * 1000,
    hookTimeout: testTimeoutSeconds * 1000,
  },
});

export default defineConfig({
  test: {
    allowOnly: false,
    // Most of the time goes to gateways that start: two files at a time, whatever the number of cores.
    maxWorkers: 2,
    passWithNoTests: false,
    projects: [
      layer("unit", 20),
      layer("components", 30),
      layer("rendered", 60),
      layer("engine", 600),
      layer("hosts", 900, ["test/clouds/machines/global-setup.ts"]),
    ],
  },
});
