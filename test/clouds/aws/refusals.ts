/** Tables of what AWS refuses. */
import { expect, it } from "vitest";

/** What is asked, how, the error's code and a part of its message. */
export type Refusal = readonly [what: string, ask: () => Promise<unknown>, code: string, message: string];

/** One test each: the SDK raises the error by its code. */
export function refused(refusals: readonly Refusal[]): void {
  it.each(refusals)("refuses %s", async (_, ask, code, message) => {
    const error: unknown = await ask().then(
      (answer) => ({ name: "nothing was refused", answer }),
      (refusal: unknown) => refusal,
    );
    expect(error).toMatchObject({ name: code });
    expect(String(error)).toContain(message);
  });
}
