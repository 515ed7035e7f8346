# Alidade, from the repository's root:
#   docker build -f deploy/docker/alidade.Dockerfile -t ghcr.io/example/alidade:0.1.0 .
# Most of the image is the storage engine, a library of 570 MB. It is made for glibc, so there is no image on Alpine.

FROM docker.io/library/node:24.21.0-trixie-slim AS base
WORKDIR /src
# What is installed changes less often than what is built.
COPY package.json package-lock.json ./
COPY sdk/package.json sdk/
COPY server/package.json server/
COPY ui/package.json ui/
COPY examples/prediction-api/package.json examples/prediction-api/

FROM base AS build
RUN npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.base.json ./
COPY scripts scripts
COPY sdk sdk
COPY server server
COPY ui ui
COPY examples/prediction-api examples/prediction-api
RUN node scripts/build.mjs

FROM base AS packages
RUN npm ci --ignore-scripts --no-audit --no-fund --omit=dev --workspace=alidade

FROM docker.io/library/node:24.21.0-trixie-slim
ENV NODE_ENV=production
WORKDIR /app
RUN install -d -o 10001 -g 10001 /var/lib/alidade /etc/alidade
COPY --from=packages /src/node_modules node_modules
COPY --from=packages /src/sdk/package.json sdk/
COPY --from=packages /src/server/package.json server/
COPY --from=build /src/sdk/dist sdk/dist
COPY --from=build /src/server/bin server/bin
COPY --from=build /src/server/dist server/dist
COPY deploy/docker/healthcheck.mjs LICENSE ./
# A number, so that Kubernetes can tell that it is not root.
USER 10001:10001
EXPOSE 9090 4317 4318
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=4 CMD ["node", "/app/healthcheck.mjs", "http://127.0.0.1:9090/-/ready"]
ENTRYPOINT ["/app/server/bin/alidade"]
# Beyond loopback it needs credentials: ALIDADE_TOKEN, or --web.config.file.
CMD ["up", "/etc/alidade", "--listen=0.0.0.0:9090", "--otlp-grpc=0.0.0.0:4317", "--otlp-http=0.0.0.0:4318", "--data=/var/lib/alidade"]
