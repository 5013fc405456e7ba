/**
 * What the Pulumi SDK does for whoever debugs it takes a third of a preview's program, whoever runs it. It stays, at next to no
 * price: the SDK's modules call each other by their exports, where these take the place of its own.
 */
import { createRequire } from "node:module";

interface Debuggable {
  /** Whether `PULUMI_DEBUG_PROMISE_LEAKS` is set. */
  readonly debugPromiseLeaks: boolean;
  debuggablePromise: <T>(promise: Promise<T>, context: string) => Promise<T>;
}

interface Log {
  debug: (message: string, ...about: readonly unknown[]) => Promise<void>;
}

const require = createRequire(import.meta.url);

/** A promise's stack trace is shown with `PULUMI_DEBUG_PROMISE_LEAKS` alone, and each of a resource's outputs has four. */
function takeTracesForLeaksAlone(debuggable: Debuggable): void {
  const { debuggablePromise } = debuggable;
  if (debuggable.debugPromiseLeaks) return;
  debuggable.debuggablePromise = (promise, context) => {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return debuggablePromise(promise, context);
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  };
}

/**
 * What `--debug` shows is told in any case, several messages a resource, one after the other, and the program ends when the
 * engine has taken the last: those that wait go together. https://github.com/pulumi/pulumi/issues/7146
 */
function tellTogether(log: Log): void {
  const { debug } = log;
  let waiting: string[] = [];
  let telling: Promise<void> | undefined;
  const tell = async (): Promise<void> => {
    while (waiting.length > 0) {
      const messages = waiting;
      waiting = [];
      await debug(messages.join("\n"));
    }
    telling = undefined;
  };
  log.debug = (message, ...about) => {
    if (about.length > 0) return debug(message, ...about);
    waiting.push(message);
    return (telling ??= tell());
  };
}

// Internal to the SDK, and so without types.
takeTracesForLeaksAlone(require("@pulumi/pulumi/runtime/debuggable.js") as Debuggable);
tellTogether(require("@pulumi/pulumi/log/index.js") as Log);
