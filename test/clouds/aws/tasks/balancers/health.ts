/**
 * Health checks of a target, as an Application Load Balancer makes them: a plain request without X-Forwarded-For.
 *
 * Facts: Elastic Load Balancing User Guide for Application Load Balancers, "Health checks for your target groups".
 */
import { request } from "node:http";
import type { TargetGroup, TargetHealth, TargetHealthStateEnum } from "@aws-sdk/client-elastic-load-balancing-v2";

/** What one check found. */
export type Finding =
  | { readonly passed: true }
  | {
      readonly passed: false;
      readonly reason: "Target.ResponseCodeMismatch" | "Target.Timeout" | "Target.FailedHealthChecks";
      readonly description: string;
    };

/** A target's state, as the API says it. */
export type Health = TargetHealth & { readonly State: TargetHealthStateEnum };

/** A target that was just registered. */
export const initial: Health = {
  ...{ State: "initial", Reason: "Elb.RegistrationInProgress", Description: "Target registration is in progress" },
};

/** A matcher's word on a code: `200`, `200,202`, `200-299`. */
export const codeMatches = (matcher: string, code: number): boolean =>
  matcher.split(",").some((part) => {
    const [from = "", to = from] = part.split("-");
    return Number(from) <= code && code <= Number(to);
  });

/** Makes one check. @param from the load balancer's own address */
export function check(
  group: TargetGroup,
  from: string,
  host: string,
  port: number,
  secondMs: number,
): Promise<Finding> {
  const { HealthCheckPath: path = "/", HealthCheckPort, HealthCheckTimeoutSeconds: timeout = 5, Matcher } = group;
  const checked = HealthCheckPort === undefined || HealthCheckPort === "traffic-port" ? port : Number(HealthCheckPort);
  return new Promise((resolve) => {
    const asked = request({
      ...{ host, path, port: checked, localAddress: from, agent: false },
      headers: { "user-agent": "ELB-HealthChecker/2.0", connection: "close" },
    });
    const fail = (reason: "Target.Timeout" | "Target.FailedHealthChecks", description: string): void => {
      clearTimeout(timer);
      resolve({ passed: false, reason, description });
      asked.destroy();
    };
    const timer = setTimeout(() => {
      fail("Target.Timeout", "Request timed out");
    }, timeout * secondMs);
    asked.on("error", () => {
      fail("Target.FailedHealthChecks", "Health checks failed");
    });
    asked.on("response", (response) => {
      clearTimeout(timer);
      response.resume();
      const { statusCode = 0 } = response;
      if (codeMatches(Matcher?.HttpCode ?? "200", statusCode)) resolve({ passed: true });
      else {
        const description = `Health checks failed with these codes: [${String(statusCode)}]`;
        resolve({ passed: false, reason: "Target.ResponseCodeMismatch", description });
      }
    });
    asked.end();
  });
}

/** What a target's history of findings makes it. Pure. */
export function judge(before: Health, streak: number, finding: Finding, group: TargetGroup): Health {
  const { HealthyThresholdCount: up = 5, UnhealthyThresholdCount: down = 2 } = group;
  if (finding.passed) {
    // A new target needs one success, one that was unhealthy the threshold.
    const enough = before.State === "healthy" || before.State === "initial" || streak >= up;
    return enough ? { State: "healthy" } : before;
  }
  if (streak < down) return before;
  return { State: "unhealthy", Reason: finding.reason, Description: finding.description };
}
