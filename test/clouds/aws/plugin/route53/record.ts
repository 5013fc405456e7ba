import { type ChangeAction, type ResourceRecordSet, Route53, RRType } from "@aws-sdk/client-route-53";
import type { PropertyValue } from "../../../../../toolchain/provider/properties.ts";
import { doing, unless } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { blocks, flag, number, output, text, textSet } from "../schema.ts";
import type { Values } from "../values.ts";
import { minutes, waitFor } from "../wait.ts";
import { plainId } from "./zone.ts";

const service = ({ account }: Context) => account.client("route53", Route53);
const clean = (name: string) => name.toLowerCase().replace(/\.$/, "");
const sameName = (old: PropertyValue, now: PropertyValue) =>
  typeof old === "string" && typeof now === "string" && clean(old) === clean(now);

/** Source: internal/service/route53/record.go. Routing policies are left out. */
export const record: ResourceType = {
  schema: {
    aliases: blocks(
      {
        evaluateTargetHealth: flag({ required: true }),
        name: text({ required: true, same: sameName }),
        zoneId: text({ required: true }),
      },
      { exactlyOneOf: ["aliases", "records"], conflictsWith: ["records", "ttl"] },
    ),
    allowOverwrite: flag({ computed: true }),
    fqdn: output(),
    name: text({
      required: true,
      forceNew: true,
      same: sameName,
    }),
    records: textSet({ conflictsWith: ["aliases"] }),
    ttl: number({ conflictsWith: ["aliases"], requiredWith: ["records"] }),
    type: text({ required: true, oneOf: Object.values(RRType) }),
    zoneId: text({ required: true, forceNew: true }),
  },
  create: async (inputs, context) => {
    const zone = plainId(inputs.text("zoneId"));
    const name = await fullName(inputs, context);
    const action = inputs.flag("allowOverwrite") === true ? "UPSERT" : "CREATE";
    await change(zone, action, recordSet(name, inputs), context, `creating Route53 Record`);
    return [zone, clean(inputs.required("name")), inputs.required("type")].join("_");
  },
  read: async (id, state, context) => {
    const name = await fullName(state, context);
    const seen = await doing(`reading Route 53 Record (${id})`, () => find(name, state, context));
    return (
      seen && {
        aliases: seen.AliasTarget && [
          {
            evaluateTargetHealth: seen.AliasTarget.EvaluateTargetHealth ?? false,
            name: clean(seen.AliasTarget.DNSName ?? ""),
            zoneId: seen.AliasTarget.HostedZoneId,
          },
        ],
        fqdn: name,
        records: seen.ResourceRecords?.map(({ Value = "" }) => valueOf(seen.Type, Value)),
        ttl: seen.TTL,
        type: seen.Type,
      }
    );
  },
  update: async (_, inputs, context) => {
    const zone = plainId(inputs.text("zoneId"));
    const name = await fullName(inputs, context);
    if (context.changed("type")) {
      await change(zone, "DELETE", recordSet(name, context.old), context, "updating Route 53 Record");
    }
    await change(zone, "UPSERT", recordSet(name, inputs), context, "updating Route 53 Record");
  },
  delete: async (id, state, context) => {
    const name = await fullName(state, context);
    const seen = await find(name, state, context);
    if (seen !== undefined) {
      await change(plainId(state.text("zoneId")), "DELETE", seen, context, `deleting Route 53 Record (${id})`);
    }
  },
};

/** A name without the zone's is one within the zone (expandRecordName). */
async function fullName(values: Values, context: Context): Promise<string> {
  const { HostedZone } = (await unless(["NoSuchHostedZone"], () =>
    service(context).getHostedZone({ Id: plainId(values.text("zoneId")) }),
  )) ?? { HostedZone: undefined };
  const [name, zone] = [clean(values.required("name")), clean(HostedZone?.Name ?? "")];
  return name === zone || zone === "" || name.endsWith(`.${zone}`) ? name : `${name}.${zone}`;
}

function recordSet(name: string, values: Values): ResourceRecordSet {
  const [alias] = values.blocks("aliases");
  const type = values.choice("type", RRType);
  if (alias !== undefined) {
    const AliasTarget = {
      DNSName: alias.text("name"),
      EvaluateTargetHealth: alias.flag("evaluateTargetHealth") ?? false,
      HostedZoneId: alias.text("zoneId"),
    };
    return { Name: name, Type: type, AliasTarget };
  }
  const ResourceRecords = values.texts("records").map((value) => ({ Value: type === "TXT" ? quoted(value) : value }));
  return { Name: name, Type: type, TTL: values.number("ttl"), ResourceRecords };
}

const quoted = (value: string) => (value.startsWith('"') ? value : `"${value}"`);
const valueOf = (type: string | undefined, value: string) => (type === "TXT" ? value.replace(/^"|"$/g, "") : value);

async function find(name: string, values: Values, context: Context): Promise<ResourceRecordSet | undefined> {
  const found = await unless(["NoSuchHostedZone"], () =>
    service(context).listResourceRecordSets({
      HostedZoneId: plainId(values.text("zoneId")),
      StartRecordName: name,
      StartRecordType: values.choice("type", RRType),
    }),
  );
  return found?.ResourceRecordSets?.find(
    ({ Name = "", Type }) => clean(Name).replaceAll("\\052", "*") === name && Type === values.text("type"),
  );
}

async function change(
  zone: string,
  Action: ChangeAction,
  ResourceRecordSet: ResourceRecordSet,
  context: Context,
  what: string,
): Promise<void> {
  const route53 = service(context);
  const Changes = [{ Action, ResourceRecordSet }];
  const { ChangeInfo } = await doing(what, () =>
    route53.changeResourceRecordSets({
      HostedZoneId: zone,
      ChangeBatch: { Comment: "Managed by Terraform", Changes },
    }),
  );
  await doing("waiting for Route 53 Record sync", () =>
    waitFor({
      look: async () => {
        const seen = await route53.getChange({ Id: plainId(ChangeInfo?.Id) });
        return { state: seen.ChangeInfo?.Status ?? "", value: undefined };
      },
      ...{ target: ["INSYNC"], pending: ["PENDING"], timeoutMs: minutes(30), signal: context.signal },
    }),
  );
}
