/** OpenClaw images that a release must undo: what stands in a Dockerfile behind the good one. */
export const variants = {
  unrunnable: ['ENTRYPOINT ["false"]'],
  // It judges configurations, and ends when it is to be a gateway.
  broken: [
    'ENTRYPOINT ["tini", "-s", "--", "sh", "-c", "case \\"$*\\" in *--bind*) echo out of order; exit 1;; esac; exec \\"$@\\"", "sh"]',
  ],
  // Healthy, and opened by a token that is not the stack's.
  stranger: [
    'ENTRYPOINT ["tini", "-s", "--", "sh", "-c", "OPENCLAW_GATEWAY_TOKEN=$(openssl rand -hex 48) exec \\"$@\\"", "sh"]',
  ],
} as const;
