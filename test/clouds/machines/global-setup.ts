/** Runs around all tests of a layer that boots machines. */
import { stopEngine } from "./engine.ts";
import { unmountStore } from "./store.ts";

/** Stops what the tests share, unless other tests use it. Everything that took long to make stays in the cache. */
export async function teardown(): Promise<void> {
  await stopEngine();
  await unmountStore();
}
