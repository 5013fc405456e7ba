/** Why a task failed to start, as AWS words it. */

/** See the file's comment. */
export class TaskFault extends Error {
  /** The container that it is about, when it is about one. */
  readonly container: string | undefined;

  constructor(message: string, container?: string) {
    super(message);
    this.container = container;
  }
}

/** What Fargate could not prepare. */
export const initialization = (what: string): TaskFault => new TaskFault(`ResourceInitializationError: ${what}`);

/** The words of a denied call. */
export const accessDenied = (role: string, action: string, resource: string): string =>
  `AccessDeniedException: User: ${role.replace(":iam:", ":sts:").replace(":role/", ":assumed-role/")} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`;
