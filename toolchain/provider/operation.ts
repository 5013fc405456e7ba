import type { OperationLog } from "./engine-log.ts";

/** What one request of the engine gives to the code that serves it. */
export interface Operation {
  readonly log: OperationLog;
  /** Aborted when the engine cancels the update. */
  readonly signal: AbortSignal;
}

/** The operations in progress, so that a cancelled update can end them. */
export interface Operations {
  readonly begin: (log: OperationLog) => Operation & Disposable;
  /** Ends every operation; resolves when the last one has ended. */
  readonly cancelAll: () => Promise<void>;
}

export function trackOperations(): Operations {
  const running = new Map<AbortController, Promise<undefined>>();
  return {
    begin: (log) => {
      const controller = new AbortController();
      const ended = Promise.withResolvers<undefined>();
      running.set(controller, ended.promise);
      const dispose = () => {
        running.delete(controller);
        ended.resolve(undefined);
      };
      return { log, signal: controller.signal, [Symbol.dispose]: dispose };
    },
    cancelAll: async () => {
      const endings = [...running.values()];
      for (const controller of running.keys()) controller.abort();
      await Promise.all(endings);
    },
  };
}
