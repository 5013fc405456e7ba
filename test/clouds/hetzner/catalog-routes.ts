import { ApiError } from "./api-error.ts";
import type { Image, Offer, ServerType } from "./catalog.ts";
import type { Api } from "./http.ts";
import { page, pick, sort } from "./lists.ts";
import type { Project } from "./project.ts";

const price = (net: number) => ({ net: net.toFixed(10), gross: (net * 1.19).toFixed(16) });

/** A server type as the API answers it. */
export function serverTypeAnswer(type: ServerType, { catalog }: Project): object {
  const { id, name, category, architecture, cpu, cores, memory, disk, offers } = type;
  const place = (offer: Offer) => catalog.locations.find((location) => location.name === offer.location);
  // Deprecated as a whole is what is deprecated everywhere.
  const everywhere = offers.every(({ deprecation }) => deprecation !== null) ? (offers[0]?.deprecation ?? null) : null;
  return {
    ...{ id, name, category, description: name.toUpperCase(), cores, memory, disk, cpu_type: cpu, architecture },
    ...{ storage_type: "local", deprecated: everywhere !== null, deprecation: everywhere },
    prices: offers.map(({ location, monthly }) => ({
      location,
      price_hourly: price(monthly / 624),
      price_monthly: price(monthly),
      included_traffic: 21_990_232_555_520,
      price_per_tb_traffic: price(1),
    })),
    locations: offers.map((offer) => ({
      ...{ id: place(offer)?.id ?? 0, name: offer.location, deprecation: offer.deprecation },
      // Since April 2026: https://github.com/hetznercloud/cli/issues/1322
      ...{ available: offer.available, recommended: offer.available && offer.location === "hel1" },
    })),
  };
}

/** An image as the API answers it. */
export function imageAnswer({ id, name, flavor, version, architecture, deprecated }: Image): object {
  return {
    ...{ id, name, description: name, type: "system", status: "available", architecture, deprecated },
    ...{ os_flavor: flavor, os_version: version, image_size: null, disk_size: 5, rapid_deploy: true },
    ...{ bound_to: null, created: "2025-08-12T08:00:00Z", created_from: null, deleted: null },
    ...{ labels: {}, protection: { delete: false } },
  };
}

/** What can be ordered: locations, server types, images. */
export function serveCatalog(api: Api, project: Project): void {
  const { catalog } = project;
  const require = <T extends { readonly id: number }>(items: readonly T[], id: number): T => {
    const found = items.find((item) => item.id === id);
    if (found === undefined) throw new ApiError("not_found", "not found");
    return found;
  };

  api.serve("GET", "/locations", ({ query }) =>
    page("locations", pick(catalog.locations, query), query, (each) => each),
  );
  api.serve("GET", "/locations/{id}", ({ id }) => ({ location: require(catalog.locations, id) }));
  const answer = (type: ServerType) => serverTypeAnswer(type, project);
  api.serve("GET", "/server_types", ({ query }) =>
    page("server_types", pick(catalog.serverTypes, query), query, answer),
  );
  api.serve("GET", "/server_types/{id}", ({ id }) => ({ server_type: answer(require(catalog.serverTypes, id)) }));
  api.serve("GET", "/images/{id}", ({ id }) => ({ image: imageAnswer(require(catalog.images, id)) }));
  api.serve("GET", "/images", ({ query }) => {
    const among = (name: string, value: string) =>
      query.getAll(name).length === 0 || query.getAll(name).includes(value);
    const wanted = catalog.images.filter(
      ({ name, architecture, deprecated }) =>
        among("architecture", architecture) &&
        among("name", name) &&
        among("type", "system") &&
        (deprecated === null || query.get("include_deprecated") === "true"),
    );
    return page("images", sort(wanted, query.getAll("sort"), { id: 0, name: 0 }), query, imageAnswer);
  });
  const left = "the datacenters were removed on 2026-07-01, use locations";
  api.gone("GET", "/datacenters", left);
  api.gone("GET", "/datacenters/{id}", left);
}
