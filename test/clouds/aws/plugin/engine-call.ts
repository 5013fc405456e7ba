/** The engine's request that is being served: a plugin does not outlive its engine, so that nothing is asked of AWS for a dead one. */
import { AsyncLocalStorage } from "node:async_hooks";

/** As gRPC has it: cancelled when the other side is gone. */
interface EngineCall {
  readonly cancelled: boolean;
}

const calls = new AsyncLocalStorage<EngineCall>();

/** Runs what serves a request. */
export const during = <T>(call: EngineCall, work: () => T): T => calls.run(call, work);

/** @throws Error when the engine that asked was killed: the published plugin would have ended with it, wherever it stood */
export function refuseForDeadEngine(): void {
  if (calls.getStore()?.cancelled === true) throw new Error("the engine is gone");
}
