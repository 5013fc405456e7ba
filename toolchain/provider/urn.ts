/** A URN is urn:pulumi:stack::project::parentType$type::name, and the name may contain anything. */
export const typeOf = (urn: string): string => urn.split("::")[2]?.split("$").at(-1) ?? "";

/** The resource's name in a URN. */
export const nameOf = (urn: string): string => urn.split("::").slice(3).join("::");
