import { type Action, ActionTypeEnum, RedirectActionStatusCodeEnum } from "@aws-sdk/client-elastic-load-balancing-v2";
import type { StateMap, Values } from "../values.ts";

/** What a listener does, as AWS takes it. */
export function actionOf(action: Values, index: number): Action {
  const [fixed, forward, redirect] = ["fixedResponse", "forward", "redirect"].map((name) => action.block(name));
  const sticky = forward?.block("stickiness");
  return {
    Type: action.choice("type", ActionTypeEnum),
    Order: action.number("order") ?? index + 1,
    TargetGroupArn: action.text("targetGroupArn"),
    ...(fixed && {
      FixedResponseConfig: {
        ContentType: fixed.text("contentType"),
        MessageBody: fixed.text("messageBody"),
        StatusCode: fixed.text("statusCode") ?? "200",
      },
    }),
    ...(forward && {
      ForwardConfig: {
        TargetGroups: forward
          .blocks("targetGroups")
          .map((group) => ({ TargetGroupArn: group.text("arn"), Weight: group.number("weight") })),
        ...(sticky && { TargetGroupStickinessConfig: { DurationSeconds: sticky.number("duration"), Enabled: true } }),
      },
    }),
    ...(redirect && {
      RedirectConfig: {
        ...{ Host: redirect.text("host"), Path: redirect.text("path"), Port: redirect.text("port") },
        ...{ Protocol: redirect.text("protocol"), Query: redirect.text("query") },
        StatusCode: redirect.choice("statusCode", RedirectActionStatusCodeEnum),
      },
    }),
  };
}

/** AWS gives both forms of a forwarding action; the one that the program wrote is recorded (flattenLbListenerActions). */
export function actionState(action: Action, recorded: Values | undefined, index: number): StateMap {
  const { FixedResponseConfig: fixed, ForwardConfig: forward, RedirectConfig: redirect } = action;
  const [only] = forward?.TargetGroups ?? [];
  const wroteForward = recorded?.has("forward") === true;
  return {
    type: action.Type,
    order: action.Order ?? index + 1,
    ...(action.Type === "forward" &&
      !wroteForward && { targetGroupArn: action.TargetGroupArn ?? only?.TargetGroupArn ?? "" }),
    fixedResponse: fixed && {
      ...{ contentType: fixed.ContentType, messageBody: fixed.MessageBody ?? "", statusCode: fixed.StatusCode },
    },
    ...(wroteForward && {
      forward: {
        targetGroups: forward?.TargetGroups?.map(({ TargetGroupArn: arn, Weight: weight = 1 }) => ({ arn, weight })),
      },
    }),
    redirect: redirect && {
      ...{ host: redirect.Host, path: redirect.Path, port: redirect.Port },
      ...{ protocol: redirect.Protocol, query: redirect.Query, statusCode: redirect.StatusCode },
    },
  };
}
