/** Actions: what the API does takes time, and may fail after it was accepted. */
import { setTimeout as sleep } from "node:timers/promises";
import { ApiError } from "./api-error.ts";

/** What an action works on. It is locked meanwhile. */
export interface ActionResource {
  readonly type: "server" | "volume" | "firewall" | "primary_ip" | "network";
  readonly id: number;
}

/** One thing to do. */
export interface Step {
  readonly command: string;
  readonly resources: readonly ActionResource[];
  /** What happens once its time has come. If it throws, the action ends in an error. */
  readonly effect?: () => Promise<void> | void;
}

/** The error that an action ends in. */
export interface ActionError {
  readonly code: string;
  readonly message: string;
}

/** What a test wants of the next action with some command. */
export interface ActionFault {
  readonly command: string;
  /** Ends in this error, and nothing is done. */
  readonly error?: ActionError;
  /** Takes this long, in milliseconds. */
  readonly afterMs?: number;
}

interface Action extends Step {
  readonly id: number;
  readonly started: Date;
  readonly expectedMs: number;
  status: "running" | "success" | "error";
  finished: Date | null;
  error: ActionError | null;
}

/** The project's actions, and the clock that drives them. */
export class Actions {
  /** How long an action takes if nothing else was said, in milliseconds. */
  readonly #durationMs: number;
  readonly #all = new Map<number, Action>();
  readonly #faults: ActionFault[] = [];
  readonly #under: Set<Promise<void>> = new Set();
  readonly #stop = new AbortController();

  constructor(durationMs: number) {
    this.#durationMs = durationMs;
  }

  /** Starts steps that follow on each other; gives the answers for all of them. */
  start(...steps: readonly Step[]): readonly object[] {
    const actions = steps.map((step) => this.#add(step));
    const run = this.#run(actions).finally(() => this.#under.delete(run));
    this.#under.add(run);
    return actions.map(answer);
  }

  /** Lets the next action with that command fail, or take its time. */
  fault(fault: ActionFault): void {
    this.#faults.push(fault);
  }

  /** @throws ApiError `locked` if an action works on it */
  requireUnlocked(type: ActionResource["type"], id: number): void {
    const works = (action: Action): boolean =>
      action.status === "running" && action.resources.some((each) => each.type === type && each.id === id);
    if (![...this.#all.values()].some(works)) return;
    throw new ApiError("locked", `cannot perform operation because ${type} is locked`);
  }

  /** The answers for these ids; those that do not exist are left out. */
  answers(ids: readonly number[]): readonly { readonly id: number; readonly status: string }[] {
    return ids
      .map((id) => this.#all.get(id))
      .filter((action) => action !== undefined)
      .map(answer);
  }

  /** Everything that was done to a resource. */
  of(type: ActionResource["type"], id: number): readonly number[] {
    const concerns = (action: Action): boolean => action.resources.some((each) => each.type === type && each.id === id);
    return [...this.#all.values()].filter(concerns).map((action) => action.id);
  }

  /** Ends what runs, and waits for it. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#under);
  }

  #add(step: Step): Action {
    const id = this.#all.size + 1;
    const found = this.#faults.findIndex(({ command }) => command === step.command);
    const [fault] = found < 0 ? [] : this.#faults.splice(found, 1);
    const { error } = fault ?? {};
    const effect = error === undefined ? step.effect : () => Promise.reject(new FaultError(error));
    const action: Action = {
      ...{ ...step, id, started: new Date(), expectedMs: fault?.afterMs ?? this.#durationMs },
      ...{ status: "running", finished: null, error: null },
      ...(effect === undefined ? {} : { effect }),
    };
    this.#all.set(id, action);
    return action;
  }

  async #run(actions: readonly Action[]): Promise<void> {
    let failed = false;
    for (const action of actions) {
      try {
        if (failed) throw new Error("the action before this one failed");
        await sleep(action.expectedMs, undefined, { signal: this.#stop.signal });
        await action.effect?.();
        action.status = "success";
      } catch (error) {
        failed = true;
        action.status = "error";
        action.error = error instanceof FaultError ? error.fault : { code: "action_failed", message: String(error) };
      }
      action.finished = new Date();
    }
  }
}

class FaultError extends Error {
  readonly fault: ActionError;

  constructor(fault: ActionError) {
    super(fault.message);
    this.fault = fault;
  }
}

function answer({ id, command, status, started, finished, expectedMs, resources, error }: Action) {
  const passed = Date.now() - started.getTime();
  const progress = status === "running" ? Math.min(99, Math.floor((100 * passed) / Math.max(1, expectedMs))) : 100;
  const times = { started: started.toISOString(), finished: finished?.toISOString() ?? null };
  return { id, command, status, progress, ...times, resources, error };
}
