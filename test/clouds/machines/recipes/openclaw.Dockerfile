# An image of the official one's shape (its Dockerfile), from OpenClaw's npm package: ghcr.io is not reachable here.
ARG BASE
FROM ${BASE}
COPY node /usr/local/bin/node
COPY package.json package-lock.json /opt/openclaw/
COPY node_modules /opt/openclaw/node_modules
RUN ln -s /opt/openclaw/node_modules/openclaw /app && ln -s /app/openclaw.mjs /usr/local/bin/openclaw
ENV NODE_ENV=production
WORKDIR /app
USER node
HEALTHCHECK --interval=3m --timeout=10s --start-period=15s --retries=3 CMD ["node", "dist/docker-healthcheck.js"]
ENTRYPOINT ["tini", "-s", "--"]
CMD ["node", "openclaw.mjs", "gateway"]
