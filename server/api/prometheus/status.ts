// /api/v1/status/*: how the server was built, started and configured.
import { availableParallelism, hostname } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { FastifyInstance } from 'fastify';
import type { ServerConfig } from '../../config/config.ts';
import { formatDurationMs } from '../../model/duration.ts';
import { toGoJson } from '../../model/go-json.ts';
import { sendData } from './answer.ts';
import type { PrometheusApiDeps } from './deps.ts';
import { mapToJson, objectJson, timeToJson } from './json.ts';

/** The Prometheus whose API and language this is; Grafana switches features by it. */
export const COMPATIBLE_VERSION = '3.5.0';

/** Adds the status routes. */
export function addStatusRoutes(app: FastifyInstance, deps: PrometheusApiDeps): void {
  const { clock, lifecycle } = deps;
  const config = { access: 'read' as const };

  app.get('/api/v1/status/buildinfo', { config }, (_request, reply) =>
    sendData(
      reply,
      toGoJson({
        version: `${COMPATIBLE_VERSION}+alidade.${deps.version}`,
        revision: deps.version,
        branch: '',
        buildUser: '',
        buildDate: '',
        goVersion: `node ${process.version}`,
      }),
    ),
  );

  app.get('/api/v1/status/runtimeinfo', { config }, (_request, reply) => {
    const { atMs, succeeded } = lifecycle.lastReload();
    const data = objectJson({
      startTime: timeToJson(lifecycle.startedAtMs),
      CWD: toGoJson(process.cwd()),
      hostname: toGoJson(hostname()),
      serverTime: timeToJson(clock.nowMs()),
      reloadConfigSuccess: String(succeeded),
      lastConfigTime: timeToJson(Math.floor(atMs / 1000) * 1000),
      corruptionCount: '0',
      // Node's nearest to goroutines: what keeps the event loop busy.
      goroutineCount: String(process.getActiveResourcesInfo().length),
      GOMAXPROCS: String(availableParallelism()),
      GOMEMLIMIT: String(getHeapStatistics().heap_size_limit),
      GOGC: '""',
      GODEBUG: '""',
      storageRetention: toGoJson(retentionText(deps.config().server)),
    });
    return sendData(reply, data);
  });

  app.get('/api/v1/status/flags', { config }, (_request, reply) => sendData(reply, mapToJson(flagsOf(deps.config().server))));
  app.get('/api/v1/status/config', { config }, (_request, reply) => sendData(reply, toGoJson({ yaml: deps.config().prometheus.text })));
  app.get('/api/v1/status/walreplay', { config }, (_request, reply) => sendData(reply, '{"min":0,"max":0,"current":0}'));
  app.get('/api/v1/notifications', { config }, (_request, reply) => sendData(reply, '[]'));

  app.get('/version', { config }, (_request, reply) =>
    reply.send({ version: `${COMPATIBLE_VERSION}+alidade.${deps.version}`, revision: deps.version, goVersion: `node ${process.version}` }),
  );
}

function retentionText({ retention }: ServerConfig): string {
  return retention.metricsMs === 0 ? 'forever' : formatDurationMs(retention.metricsMs);
}

/** The settings under the names of upstream's flags. */
function flagsOf(server: ServerConfig): Record<string, string> {
  return {
    'query.lookback-delta': formatDurationMs(server.query.lookbackMs),
    'query.max-concurrency': String(server.query.maxConcurrency),
    'query.max-samples': String(server.query.maxSamples),
    'query.timeout': formatDurationMs(server.query.timeoutMs),
    'storage.tsdb.path': server.dataDir,
    'storage.tsdb.retention.time': formatDurationMs(server.retention.metricsMs),
    'web.enable-admin-api': String(server.enableAdminApi),
    'web.enable-lifecycle': String(server.enableLifecycle),
    'web.external-url': server.externalUrl,
    'web.listen-address': `${server.listen.host}:${server.listen.port}`,
  };
}
