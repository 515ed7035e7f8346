// /api/v1/status/*: how the server was built, started and configured.
import { availableParallelism, hostname } from 'node:os';
import { getHeapStatistics } from 'node:v8';
import type { FastifyInstance } from 'fastify';
import type { ServerConfig } from '../../config/config.ts';
import { formatDurationMs } from '../../model/duration.ts';
import { toGoJson } from '../../model/go-json.ts';
import { sendData } from './answer.ts';
import type { PrometheusApiDeps } from './deps.ts';
import { flagsOf } from './flags.ts';
import { mapToJson, objectJson, timeToJson } from './json.ts';
import { READ } from './route.ts';

/** The Prometheus whose API and language this is; Grafana switches features by it. */
export const COMPATIBLE_VERSION = '3.5.0';

/** Adds the status routes. */
export function addStatusRoutes(app: FastifyInstance, deps: PrometheusApiDeps): void {
  const { clock, lifecycle } = deps;
  app.get('/api/v1/status/buildinfo', READ, (_request, reply) => sendData(reply, buildInfo(deps.version)));

  app.get('/api/v1/status/runtimeinfo', READ, (_request, reply) => {
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

  app.get('/api/v1/status/flags', READ, (_request, reply) =>
    sendData(reply, mapToJson(flagsOf(deps.config().server, deps.config().prometheus.file))),
  );
  app.get('/api/v1/status/config', READ, (_request, reply) => sendData(reply, toGoJson({ yaml: deps.config().prometheus.text })));
  app.get('/api/v1/status/walreplay', READ, (_request, reply) => sendData(reply, '{"min":0,"max":0,"current":0}'));

  // Of no dialect: a page of another site has no business here.
  app.get('/version', (_request, reply) => reply.type('text/plain; charset=utf-8').send(`${buildInfo(deps.version)}\n`));
}

function buildInfo(version: string): string {
  return toGoJson({
    version: `${COMPATIBLE_VERSION}+alidade.${version}`,
    revision: version,
    branch: '',
    buildUser: '',
    buildDate: '',
    goVersion: `node ${process.version}`,
  });
}

function retentionText({ retention }: ServerConfig): string {
  return retention.metricsMs === 0 ? 'forever' : formatDurationMs(retention.metricsMs);
}
