import {
  ActionTypeEnum,
  ElasticLoadBalancingV2,
  type Listener,
  ProtocolEnum,
  RedirectActionStatusCodeEnum,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { doing, unless } from "../failure.ts";
import type { Context, ResourceType } from "../resource.ts";
import { block, blocks, number, output, region, tags, text } from "../schema.ts";
import { tagList, updateTags } from "../tags.ts";
import type { Values } from "../values.ts";
import { actionOf, actionState } from "./actions.ts";
import { attributesOf, tagsOfArn, type Attribute } from "./attributes.ts";

const service = ({ account }: Context) => account.client("elbv2", ElasticLoadBalancingV2);
const gone = ["ListenerNotFoundException", "ListenerNotFound"];

const attributes: Readonly<Record<string, Attribute>> = {
  routingHttpResponseServerEnabled: ["routing.http.response.server.enabled", "flag"],
  routingHttpResponseStrictTransportSecurityHeaderValue: [
    "routing.http.response.strict_transport_security.header_value",
    "text",
  ],
};

/** Source: internal/service/elbv2/listener.go. Actions that sign in, and most header attributes, are left out. */
export const listener: ResourceType = {
  schema: {
    alpnPolicy: text(),
    arn: output(),
    certificateArn: text(),
    defaultActions: blocks(
      {
        fixedResponse: block({
          contentType: text({ required: true }),
          messageBody: text(),
          statusCode: text({ computed: true }),
        }),
        forward: block({
          stickiness: block({ duration: number({ required: true }) }, { computed: true }),
          targetGroups: blocks({ arn: text({ required: true }), weight: number({ default: 1 }) }, { required: true }),
        }),
        order: number({ computed: true }),
        redirect: block({
          host: text({ default: "#{host}" }),
          path: text({ default: "/#{path}" }),
          port: text({ default: "#{port}" }),
          protocol: text({ default: "#{protocol}", oneOf: ["#{protocol}", "HTTP", "HTTPS"] }),
          query: text({ default: "#{query}" }),
          statusCode: text({ required: true, oneOf: Object.values(RedirectActionStatusCodeEnum) }),
        }),
        targetGroupArn: text(),
        type: text({ required: true, oneOf: Object.values(ActionTypeEnum) }),
      },
      { required: true },
    ),
    loadBalancerArn: text({ required: true, forceNew: true }),
    port: number({ range: [1, 65_535] }),
    protocol: text({ computed: true, oneOf: Object.values(ProtocolEnum) }),
    routingHttpResponseServerEnabled: { kind: "flag", computed: true },
    routingHttpResponseStrictTransportSecurityHeaderValue: text({ computed: true }),
    sslPolicy: text({ computed: true }),
    ...region,
    ...tags,
  },
  create: async (inputs, context) => {
    const balancer = inputs.required("loadBalancerArn");
    const { Listeners: [made] = [] } = await doing(`creating ELBv2 Listener (${balancer})`, () =>
      service(context).createListener({
        LoadBalancerArn: balancer,
        ...settingsOf(inputs),
        Tags: tagList(inputs.table("tagsAll")),
      }),
    );
    const id = made?.ListenerArn ?? "";
    context.made(id);
    await setAttributes(id, inputs, context);
    return id;
  },
  read: async (id, state, context) => {
    const elb = service(context);
    const seen = await doing(`reading ELBv2 Listener (${id})`, () => find(id, context));
    if (seen === undefined) return undefined;
    const usesAttributes = Object.keys(attributes).some((name) => state.has(name));
    const { Attributes } = usesAttributes ? await elb.describeListenerAttributes({ ListenerArn: id }) : {};
    const recorded = state.blocks("defaultActions");
    return {
      alpnPolicy: seen.AlpnPolicy?.[0] ?? "",
      arn: id,
      certificateArn: seen.Certificates?.[0]?.CertificateArn ?? "",
      defaultActions: (seen.DefaultActions ?? []).map((action, index) => actionState(action, recorded[index], index)),
      loadBalancerArn: seen.LoadBalancerArn,
      port: seen.Port,
      protocol: seen.Protocol,
      sslPolicy: seen.SslPolicy ?? "",
      ...attributesOf(attributes).toState(Attributes),
      ...(await tagsOfArn(elb, id)),
    };
  },
  update: async (id, inputs, context) => {
    const elb = service(context);
    if (context.changed("alpnPolicy", "certificateArn", "defaultActions", "port", "protocol", "sslPolicy")) {
      await doing(`modifying ELBv2 Listener (${id})`, () =>
        elb.modifyListener({ ListenerArn: id, ...settingsOf(inputs) }),
      );
    }
    if (context.changed(...Object.keys(attributes))) await setAttributes(id, inputs, context);
    await updateTags(inputs, context, {
      remove: (TagKeys) => elb.removeTags({ ResourceArns: [id], TagKeys }),
      set: (set) => elb.addTags({ ResourceArns: [id], Tags: tagList(set) }),
    });
  },
  delete: async (id, _, context) => {
    await doing(`deleting ELBv2 Listener (${id})`, () =>
      unless(gone, () => service(context).deleteListener({ ListenerArn: id })),
    );
  },
};

async function find(arn: string, context: Context): Promise<Listener | undefined> {
  const balancerGone = ["LoadBalancerNotFoundException", "LoadBalancerNotFound"];
  const found = await unless([...gone, ...balancerGone], () =>
    service(context).describeListeners({ ListenerArns: [arn] }),
  );
  return found?.Listeners?.[0];
}

async function setAttributes(ListenerArn: string, inputs: Values, context: Context): Promise<void> {
  const Attributes = attributesOf(attributes).toAws(inputs);
  if (Attributes.length > 0) await service(context).modifyListenerAttributes({ ListenerArn, Attributes });
}

function settingsOf(inputs: Values) {
  const certificate = inputs.text("certificateArn");
  const policy = inputs.text("sslPolicy");
  return {
    Port: inputs.number("port"),
    Protocol: inputs.choice("protocol", ProtocolEnum),
    DefaultActions: inputs.blocks("defaultActions").map(actionOf),
    ...(certificate !== undefined && { Certificates: [{ CertificateArn: certificate }] }),
    ...(policy !== undefined && { SslPolicy: policy }),
  };
}
