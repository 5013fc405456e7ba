import { ACM, type CertificateDetail, KeyAlgorithm, ValidationMethod } from "@aws-sdk/client-acm";
import { doing, isCode, unless } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { block, blockSet, output, region, tags, text, textSet } from "../schema.ts";
import { tagList, tagState, updateTags } from "../tags.ts";
import { minutes, retryWhile, waitFor } from "../wait.ts";

const service = ({ account }: Context) => account.client("acm", ACM);

/** Source: internal/service/acm/certificate.go. Imported and private certificates are left out. */
export const certificate: ResourceType = {
  schema: {
    arn: output(),
    domainName: text({ required: true, forceNew: true }),
    domainValidationOptions: {
      ...blockSet({
        domainName: output(),
        resourceRecordName: output(),
        resourceRecordType: output(),
        resourceRecordValue: output(),
      }),
      output: true,
    },
    keyAlgorithm: text({ computed: true, forceNew: true, oneOf: Object.values(KeyAlgorithm) }),
    notAfter: output(),
    notBefore: output(),
    options: block(
      { certificateTransparencyLoggingPreference: text({ default: "ENABLED", oneOf: ["ENABLED", "DISABLED"] }) },
      { computed: true, forceNew: true },
    ),
    pendingRenewal: output("flag"),
    renewalEligibility: output(),
    status: output(),
    subjectAlternativeNames: textSet({ computed: true, forceNew: true }),
    type: output(),
    validationEmails: output("texts"),
    validationMethod: text({ computed: true, forceNew: true, oneOf: ["DNS", "EMAIL", "NONE"] }),
    ...region,
    ...tags,
  },
  create: async (inputs, context) => {
    const domain = inputs.required("domainName");
    const others = inputs.texts("subjectAlternativeNames");
    const { CertificateArn: id = "" } = await doing(`requesting ACM Certificate (${domain})`, () =>
      service(context).requestCertificate({
        DomainName: domain,
        IdempotencyToken: crypto.randomUUID().replaceAll("-", ""),
        KeyAlgorithm: inputs.choice("keyAlgorithm", KeyAlgorithm),
        ValidationMethod: inputs.choice("validationMethod", ValidationMethod),
        ...(others.length > 0 && { SubjectAlternativeNames: others }),
        Tags: tagList(inputs.table("tagsAll")),
      }),
    );
    context.made(id);
    await doing(`waiting for ACM Certificate (${id}) to be issued`, () =>
      waitFor({
        look: async () => {
          const seen = await findCertificate(id, context);
          const options = seen?.DomainValidationOptions ?? [];
          const known = seen?.Status !== "PENDING_VALIDATION" || options.some(({ ResourceRecord }) => ResourceRecord);
          return seen && { state: known ? "true" : "false", value: seen };
        },
        ...{ target: ["true"], timeoutMs: minutes(5), signal: context.signal },
      }),
    );
    return id;
  },
  read: async (id, _, context) => {
    const seen = await doing(`reading ACM Certificate (${id})`, () => findCertificate(id, context));
    if (seen === undefined) return undefined;
    const { Tags } = await service(context).listTagsForCertificate({ CertificateArn: id });
    const [first] = seen.DomainValidationOptions ?? [];
    return {
      arn: id,
      domainName: seen.DomainName,
      domainValidationOptions: seen.DomainValidationOptions?.flatMap(({ DomainName, ResourceRecord: record }) =>
        record === undefined
          ? []
          : [
              {
                domainName: DomainName,
                resourceRecordName: record.Name,
                resourceRecordType: record.Type,
                resourceRecordValue: record.Value,
              },
            ],
      ),
      keyAlgorithm: seen.KeyAlgorithm?.replace("-", "_") ?? "RSA_2048",
      notAfter: seen.NotAfter?.toISOString() ?? "",
      notBefore: seen.NotBefore?.toISOString() ?? "",
      options: {
        certificateTransparencyLoggingPreference: seen.Options?.CertificateTransparencyLoggingPreference ?? "ENABLED",
      },
      pendingRenewal: false,
      renewalEligibility: seen.RenewalEligibility ?? "",
      status: seen.Status,
      subjectAlternativeNames: seen.SubjectAlternativeNames ?? [],
      type: seen.Type,
      validationEmails: first?.ValidationEmails ?? [],
      validationMethod: first?.ValidationMethod ?? "NONE",
      ...tagState(Tags),
    };
  },
  update: async (CertificateArn, inputs, context) => {
    const acm = service(context);
    await updateTags(inputs, context, {
      remove: (keys) => acm.removeTagsFromCertificate({ CertificateArn, Tags: keys.map((Key) => ({ Key })) }),
      set: (set) => acm.addTagsToCertificate({ CertificateArn, Tags: tagList(set) }),
    });
  },
  /** A load balancer lets go of it only some time after it was deleted. */
  delete: async (id, _, context) => {
    await doing(`deleting ACM Certificate (${id})`, () =>
      retryWhile(
        (error) => isCode(error, "ResourceInUseException"),
        () => unless(["ResourceNotFoundException"], () => service(context).deleteCertificate({ CertificateArn: id })),
        { timeoutMs: minutes(20), signal: context.signal },
      ),
    );
  },
};

/** One whose validation timed out counts as gone. */
export async function findCertificate(id: string, context: Context): Promise<CertificateDetail | undefined> {
  const found = await unless(["ResourceNotFoundException"], () =>
    service(context).describeCertificate({ CertificateArn: id }),
  );
  return found?.Certificate?.Status === "VALIDATION_TIMED_OUT" ? undefined : found?.Certificate;
}
