/**
 * Certificates are issued when the CNAME record that proves the domain exists, and stay so when it goes.
 * moto issues them after a time, whatever the records. https://docs.aws.amazon.com/acm/latest/userguide/dns-validation.html
 */
import type * as acm from "@aws-sdk/client-acm";
import type * as route53 from "@aws-sdk/client-route-53";
import { hole, type Account, type Hole } from "../account.ts";

type Seen = Pick<acm.CertificateDetail, "Status" | "DomainValidationOptions" | "CertificateArn">;

/** Names and values of the CNAME records in all zones of the account, without the last dot. */
async function cnames(account: Account): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  const { HostedZones: zones = [] } = await account.ask<route53.ListHostedZonesResponse>("route53", "ListHostedZones");
  for (const { Id: id = "", Config: config } of zones) {
    if (config?.PrivateZone === true) continue;
    const ask = { HostedZoneId: id.replace("/hostedzone/", "") };
    const { ResourceRecordSets: sets = [] } = await account.ask<route53.ListResourceRecordSetsResponse>(
      "route53",
      "ListResourceRecordSets",
      ask,
    );
    for (const { Name: name = "", Type: type, ResourceRecords: records = [] } of sets) {
      if (type === "CNAME") found.set(plain(name), plain(records[0]?.Value ?? ""));
    }
  }
  return found;
}

const plain = (name: string): string => name.toLowerCase().replace(/\.$/u, "");

/** A certificate as AWS shows it: issued or still pending. */
export async function withStatus<C extends Seen>(account: Account, issued: Set<string>, certificate: C): Promise<C> {
  const { CertificateArn: arn = "", Status: status, DomainValidationOptions: options = [] } = certificate;
  if (status !== "PENDING_VALIDATION") return certificate;
  if (!issued.has(arn)) {
    const records = await cnames(account);
    const proven = options.every(({ ResourceRecord: record }) => {
      const { Name: name = "", Value: value = "" } = record ?? {};
      return name !== "" && records.get(plain(name)) === plain(value);
    });
    if (!proven) return certificate;
    issued.add(arn);
  }
  const valid = options.map((option) => ({ ...option, ValidationStatus: "SUCCESS" as const }));
  return { ...certificate, Status: "ISSUED", DomainValidationOptions: valid };
}

/** What was issued, in one account. */
export const certificateHoles: Hole = (account) => {
  const issued = new Set<string>();
  return {
    "acm.DescribeCertificate": hole<object, { Certificate: acm.CertificateDetail }>(async (_, forward, operation) => {
      const { Certificate: certificate } = await forward();
      return { Certificate: await withStatus(account(operation), issued, certificate) };
    }),
  };
};
