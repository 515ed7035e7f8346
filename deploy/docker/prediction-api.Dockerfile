# The prediction API of the examples, from the repository's root:
#   docker build -f deploy/docker/prediction-api.Dockerfile -t ghcr.io/example/prediction-api:1.0.0 .

FROM docker.io/library/node:24.21.0-trixie-slim AS base
WORKDIR /src
COPY package.json package-lock.json ./
COPY sdk/package.json sdk/
COPY server/package.json server/
COPY ui/package.json ui/
COPY examples/prediction-api/package.json examples/prediction-api/

FROM base AS build
RUN npm ci --ignore-scripts --no-audit --no-fund --include-workspace-root --workspace=prediction-api --workspace=@alidade/sdk
COPY sdk sdk
COPY examples/prediction-api examples/prediction-api
RUN npm run build --workspace=prediction-api

FROM base AS packages
RUN npm ci --ignore-scripts --no-audit --no-fund --omit=dev --workspace=prediction-api

FROM docker.io/library/node:24.21.0-trixie-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=5000
WORKDIR /app
COPY --from=packages /src/node_modules node_modules
COPY --from=build /src/examples/prediction-api/dist dist
COPY examples/prediction-api/package.json LICENSE deploy/docker/healthcheck.mjs ./
COPY examples/prediction-api/models models
# The image's own user `node`; a number, so that Kubernetes can tell that it is not root.
USER 1000:1000
EXPOSE 5000
HEALTHCHECK --interval=15s --timeout=5s --start-period=20s --retries=4 CMD ["node", "/app/healthcheck.mjs", "http://127.0.0.1:5000/health"]
ENTRYPOINT ["node", "dist/main.js"]
