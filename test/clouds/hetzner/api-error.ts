/**
 * The error codes of Hetzner's API, each with the HTTP status that comes with it (table "Errors" of its documentation,
 * and "operation specific errors" of the operations).
 */
const statusOf = {
  json_error: 400,
  unauthorized: 401,
  forbidden: 403,
  maintenance: 403,
  resource_limit_exceeded: 403,
  firewall_resource_not_found: 404,
  not_found: 404,
  conflict: 409,
  uniqueness_error: 409,
  deprecated_api_endpoint: 410,
  // Seen in the wild: https://github.com/vitobotta/hetzner-k3s/issues/204
  resource_unavailable: 412,
  firewall_already_applied: 422,
  invalid_input: 422,
  invalid_server_type: 422,
  ip_not_available: 422,
  must_be_unassigned: 422,
  no_space_left_in_location: 422,
  no_subnet_available: 422,
  placement_error: 422,
  primary_ip_already_assigned: 422,
  primary_ip_assigned: 422,
  primary_ip_datacenter_mismatch: 422,
  primary_ip_version_mismatch: 422,
  private_net_only_server: 422,
  resource_in_use: 422,
  server_already_attached: 422,
  server_has_ipv4: 422,
  server_has_ipv6: 422,
  server_not_stopped: 422,
  service_error: 422,
  volume_already_attached: 422,
  locked: 423,
  protected: 423,
  rate_limit_exceeded: 429,
  server_error: 500,
  unavailable: 503,
  timeout: 504,
} as const;

/** A code that the API answers with. */
export type ErrorCode = keyof typeof statusOf;

/** A fault of one field of the request. */
export interface FieldFault {
  readonly name: string;
  readonly messages: readonly string[];
}

/** An answer with an error, in the API's shape. */
export class ApiError extends Error {
  readonly code: ErrorCode;
  readonly details: object | null;

  constructor(code: ErrorCode, message: string, details: object | null = null) {
    super(message);
    this.code = code;
    this.details = details;
  }

  get status(): number {
    return statusOf[this.code];
  }

  /** What stands in the body. */
  get body(): object {
    return { error: { message: this.message, code: this.code, details: this.details } };
  }
}

/** `invalid_input` with the fields that are wrong: clients read `details.fields` and fall over without it. */
export function invalidInput(message: string, ...fields: readonly FieldFault[]): ApiError {
  return new ApiError("invalid_input", message, { fields });
}

/** The entity is not there. */
export function notFound(kind: string, id: number | string): ApiError {
  return new ApiError("not_found", `${kind} with ID '${id}' not found`);
}
