/** Containers stop in the reverse of the order that they depend on one another. */
import type { FargateContainer } from "./container.ts";

/** Stops all; those at once that nobody who still runs depends on. */
export async function stopInOrder(containers: readonly FargateContainer[]): Promise<void> {
  let left = [...containers];
  while (left.length > 0) {
    const needed = new Set(
      left.flatMap(({ definition }) => (definition.dependsOn ?? []).map((on) => on.containerName)),
    );
    const free = left.filter(({ state }) => !needed.has(state.name));
    // A circle was refused when the definition was registered; if not, all stop at once.
    const now = free.length > 0 ? free : left;
    await Promise.all(now.map((container) => container.stop()));
    left = left.filter((container) => !now.includes(container));
  }
}
