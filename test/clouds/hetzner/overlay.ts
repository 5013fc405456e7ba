/** What the API's description has wrong, or what the API changed since: each entry says why. */

/** A change to the description. */
export interface OverlayEntry {
  readonly reason: string;
  /** JSON pointer to what is replaced. */
  readonly at: string;
  /** The new value, made from the old one. */
  readonly change: (old: unknown) => unknown;
}

const without = (name: string) => (old: unknown) => (old as readonly string[]).filter((each) => each !== name);
const orInteger = (old: unknown) => ({ anyOf: [old, { type: "integer" }] });
const primaryIpAnswers = [
  "create_primary_ip_response/properties/primary_ip",
  "get_primary_ip_response/properties/primary_ip",
  "replace_primary_ip_response/properties/primary_ip",
  "list_primary_ips_response/properties/primary_ips/items",
];

/** The entries, in the order in which they are applied. */
export const overlay: readonly OverlayEntry[] = [
  ...["server", ...primaryIpAnswers].map((schema) => ({
    reason: "`datacenter` left the answers on 2026-07-01 (changelog 2025-12-16, 2026-07-01)",
    at: `/components/schemas/${schema}/required`,
    change: without("datacenter"),
  })),
  ...primaryIpAnswers.map((schema) => ({
    reason: "since 2026-08-01 the assignee type of an unassigned address is `unassigned` (changelog 2026-04-27)",
    at: `/components/schemas/${schema}/properties/assignee_type/enum`,
    change: () => ["server", "unassigned"],
  })),
  {
    reason: "`assignee_type` is optional since 2026-04-27",
    at: "/components/schemas/create_primary_ip_request/required",
    change: without("assignee_type"),
  },
  ...[
    "create_server_request/properties/image",
    "create_server_request/properties/server_type",
    "create_server_request/properties/location",
    "create_server_request/properties/ssh_keys/items",
    "change_type_of_server_request/properties/server_type",
    "rebuild_server_from_image_request/properties/image",
    "create_volume_request/properties/location",
  ].map((property) => ({
    reason: "an id or a name: the documentation says so, and hcloud-go sends ids as numbers",
    at: `/components/schemas/${property}`,
    change: orInteger,
  })),
];
