/** What rules and answers of the front's own ask of the account behind it. */
import type { Moto } from "../moto.ts";
import type { Handler, Operation } from "./handler.ts";

/** An account, as the caller of an operation sees it: his region, his key. */
export interface Account {
  readonly region: string;
  /**
   * Asks moto, past the front: neither checked nor recorded.
   *
   * @param O the members of the answer, as AWS's model says. The SDK's types fit, but for dates: they are seconds here
   * @throws AwsError as moto answers
   */
  readonly ask: <O extends object>(service: string, operation: string, input?: object) => Promise<O>;
}

/** The account that an operation was asked of. */
export const accountOf = (moto: Moto, { accessKeyId, region }: Pick<Operation, "accessKeyId" | "region">): Account => ({
  region,
  ask: async <O extends object>(service: string, operation: string, input: object = {}) =>
    (await moto.invoke({ service, operation, input: { ...input }, accessKeyId, region })) as O, // as AWS's model says
});

/**
 * Refuses what AWS refuses and moto lets through. Its input was checked against AWS's model.
 *
 * @throws AwsError as AWS would
 */
export type Rule = (input: Readonly<Record<string, unknown>>, account: Account) => void | Promise<void>;

/** By `<service>.<Operation>`; the first refusal counts. */
export type Rules = Readonly<Record<string, readonly Rule[]>>;

/** A rule that reads members of an input `I`, which has AWS's model behind it. */
// Who writes the rule names the members that it reads.
export const rule =
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  <I extends object>(check: (input: I, account: Account) => void | Promise<void>): Rule =>
    (input, account) =>
      check(input as I, account);

/** Makes answers that moto does not have, for one account. */
export type Hole = (account: (operation: Operation) => Account) => Readonly<Record<string, Handler>>;

/** An answer that reads members of an input `I` and changes those of moto's answer `O`. */
export const hole =
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters
  <I extends object, O extends object = object>(
      answer: (input: I, forward: () => Promise<O>, operation: Operation) => unknown,
    ): Handler =>
    (operation, forward) =>
      Promise.resolve(answer(operation.input as I, forward as () => Promise<O>, operation));
