/** OpenClaw images that a release must undo: what stands in a Dockerfile behind the good one. */
export const variants = {
  unrunnable: ['ENTRYPOINT ["false"]'],
  // It judges configurations, and ends when it is to be a gateway.
  broken: [
    'ENTRYPOINT ["tini", "-s", "--", "sh", "-c", "case \\"$*\\" in *--bind*) echo out of order; exit 1;; esac; exec \\"$@\\"", "sh"]',
  ],
} as const;
