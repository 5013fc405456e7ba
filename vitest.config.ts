import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

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

/** Lives of many minutes, much of which are waiting: begun last, they would go on alone. */
const longest = ["aws-ecs-life", "hetzner-life", "ecs-interrupted", "release-interrupted", "baseline-lockout"];

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const isLong = ({ moduleId }: TestSpecification): boolean =>
      longest.some((name) => moduleId.endsWith(`/${name}.test.ts`));
    const sorted = await super.sort(files);
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}

export default defineConfig({
  test: {
    allowOnly: false,
    sequence: { sequencer: LongestFirst },
    // Most of the time goes to gateways that start: two files at a time, whatever the number of cores. With three, commands
    // that wait for people's time would have to wait for longer.
    maxWorkers: 2,
    passWithNoTests: false,
    projects: [
      layer("unit", 60),
      layer("components", 30),
      layer("rendered", 60),
      layer("engine", 600),
      layer("hosts", 900, ["test/clouds/machines/global-setup.ts"]),
    ],
  },
});
