import { connectEngine, operationLog } from "./engine-log.ts";
import { trackOperations, type Operation } from "./operation.ts";

/** What a provider does for the engine that started it. */
export interface Session {
  /** From now on messages go to the engine at this address; an empty one changes nothing. */
  readonly attach: (address: string) => void;
  /** Runs what the engine asks for one resource: with a log that reaches the user and an end when the engine cancels. */
  readonly operate: <T>(urn: string, work: (operation: Operation) => Promise<T>) => Promise<T>;
  /** Ends every operation; resolves when the last one has ended. */
  readonly cancel: () => Promise<void>;
}

/** @param engineAddress the engine's, as the plugin's first argument names it */
export function startSession(engineAddress: string | undefined): Session {
  const operations = trackOperations();
  let engine = engineAddress === undefined ? undefined : connectEngine(engineAddress);
  return {
    attach: (address) => {
      if (address === "") return;
      engine?.close();
      engine = connectEngine(address);
    },
    operate: async (urn, work) => {
      const log = operationLog(engine, urn);
      using operation = operations.begin(log);
      try {
        return await work(operation);
      } finally {
        await log.flush();
      }
    },
    cancel: operations.cancelAll,
  };
}
