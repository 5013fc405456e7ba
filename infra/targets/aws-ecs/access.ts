/** `access` of the target `aws-ecs`: how people reach the gateway. */
import { z } from "zod";
import { judged, key, section } from "../../config-keys.ts";
import { cidrObjection } from "../../formats.ts";

/** A name that a certificate can be for: labels of letters, digits and hyphens, two at least. */
const domain = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$/;

/** An ACM certificate. https://docs.aws.amazon.com/acm/latest/APIReference/API_CertificateDetail.html */
const certificate = /^arn:aws(-[a-z]+)*:acm:[a-z0-9-]+:\d{12}:certificate\/[0-9a-f-]{36}$/;

export const access = section("How people reach the gateway.", {
  mode: key(z.enum(["tunnel", "https"]).default("tunnel"), "How people reach the gateway.", {
    allowed: "tunnel (Session Manager, nothing open) or https (a load balancer)",
    example: "tunnel",
  }),
  domain: key(z.string().regex(domain).optional(), "Name of the gateway on the internet, with mode https.", {
    allowed: "a domain name in lower case, without a scheme and a path",
    example: "openclaw.example.com",
  }),
  zoneId: key(
    z
      .string()
      .regex(/^[A-Z0-9]{6,32}$/)
      .optional(),
    "Hosted zone of Route 53 that holds the domain: its certificate and its address are made there.",
    { allowed: "the id of a hosted zone of Route 53", example: "Z0123456789ABCDEFGHIJ" },
  ),
  certificateArn: key(z.string().regex(certificate).optional(), "Certificate to use instead of one of its own.", {
    allowed: "the ARN of an ACM certificate of the stack's region",
    example: "arn:aws:acm:eu-central-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef",
  }),
  allowedCidrs: key(
    z.array(judged(cidrObjection)).max(50).default([]),
    "IPv4 ranges that may reach the load balancer. By default the whole internet.",
    { allowed: "up to 50 IPv4 ranges such as 203.0.113.7/32", example: "203.0.113.7/32" },
  ),
  exec: key(
    z.boolean().optional(),
    "Adds the container that ECS Exec and Session Manager go to. By default with mode tunnel only.",
    { allowed: "true or false", example: "true" },
  ),
  deletionProtection: key(z.boolean().default(false), "Keeps AWS from deleting the load balancer: also in a destroy.", {
    allowed: "true or false",
    example: "true",
  }),
  accessLogsBucket: key(
    z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/)
      .optional(),
    "Existing S3 bucket that the load balancer writes its access logs to.",
    { allowed: "the name of a bucket whose policy lets the load balancer write", example: "my-access-logs" },
  ),
});
