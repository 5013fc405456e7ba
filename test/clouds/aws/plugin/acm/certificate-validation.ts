import { doing } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { region, text, textSet } from "../schema.ts";
import type { Values } from "../values.ts";
import { minutes, waitFor } from "../wait.ts";
import { findCertificate } from "./certificate.ts";

/** Source: internal/service/acm/certificate_validation.go. It is nothing at AWS: it waits until the certificate is issued. */
export const certificateValidation: ResourceType = {
  schema: {
    certificateArn: text({ required: true, forceNew: true }),
    validationRecordFqdns: textSet({ forceNew: true }),
    ...region,
  },
  create: async (inputs, context) => {
    const arn = inputs.required("certificateArn");
    await checkRecords(arn, inputs, context);
    const issued = await doing(`waiting for ACM Certificate (${arn}) to be issued`, () =>
      waitFor({
        look: async () => {
          const seen = await findCertificate(arn, context);
          return seen && { state: seen.Status ?? "", value: seen };
        },
        ...{ target: ["ISSUED"], pending: ["PENDING_VALIDATION"] },
        ...{ timeoutMs: context.timeoutMs(minutes(75)), signal: context.signal },
      }),
    );
    return idOf(issued.IssuedAt);
  },
  read: async (id, state, context) => {
    const arn = state.required("certificateArn");
    const seen = await doing(`reading ACM Certificate Validation (${id})`, () => findCertificate(arn, context));
    return seen?.Status === "ISSUED" ? { certificateArn: arn } : undefined;
  },
  delete: () => Promise.resolve(),
};

/** The names that the program says it has made must be those that AWS asks for. */
async function checkRecords(arn: string, inputs: Values, context: Context): Promise<void> {
  const given = inputs.texts("validationRecordFqdns").map((name) => name.replace(/\.$/, ""));
  if (given.length === 0) return;
  const seen = await findCertificate(arn, context);
  const wanted = (seen?.DomainValidationOptions ?? []).flatMap(({ ResourceRecord }) =>
    ResourceRecord?.Name === undefined ? [] : [ResourceRecord.Name.replace(/\.$/, "")],
  );
  const missing = [...new Set(wanted)].filter((name) => !given.includes(name));
  if (missing.length > 0) {
    throw new Error(missing.map((name) => `missing ${name} DNS validation record: ${name}`).join("\n"));
  }
}

/** Go's way to write a time. */
function idOf(issued: Date | undefined): string {
  return (issued ?? new Date(0))
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, " +0000 UTC");
}
