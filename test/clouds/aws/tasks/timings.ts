/** How long AWS takes, so that a test waits for what it is about and not for a data centre. */

/** Delays in milliseconds (and one choice); what a user configures (grace, stop time-out, health checks) is real seconds always. */
export interface Timings {
  /** PROVISIONING: the network interface. Fargate: 10 to 20 s. @default 50 */
  readonly provisioningMs: number;
  /** DEPROVISIONING: the interface goes. Fargate: about 10 s. @default 50 */
  readonly deprovisioningMs: number;
  /** How often the service scheduler looks. ECS: some seconds. @default 200 */
  readonly schedulerMs: number;
  /**
   * Whether a task that stops counts against the maximum percentage. ECS's API reference counts only "RUNNING or
   * PENDING" tasks and does not say what one is whose container still drains: with false, 0/100 overlaps for that time.
   *
   * @default true
   */
  readonly stoppingHoldsPlace: boolean;
  /** Between the end of a task that failed and the next start; ECS grows it to minutes. @default 200 */
  readonly retryMs: number;
  /** How long a stopped task can still be described. ECS: an hour. @default 3600000 */
  readonly stoppedTasksMs: number;
  /** How often networks, groups and load balancers are read again. @default 2000 */
  readonly networkMs: number;
  /** One second of `restartAttemptPeriod`, whose least value is 60. @default 1000 */
  readonly restartSecondMs: number;
  /** One second of a target group's deregistration delay and of its health checks' interval and time-out. @default 1000 */
  readonly targetSecondMs: number;
}

/** See {@link Timings}. */
export const defaultTimings: Timings = {
  provisioningMs: 50,
  deprovisioningMs: 50,
  schedulerMs: 200,
  stoppingHoldsPlace: true,
  retryMs: 200,
  stoppedTasksMs: 3_600_000,
  networkMs: 2000,
  restartSecondMs: 1000,
  targetSecondMs: 1000,
};
