// GET /api/ui/logs and /api/ui/logs/volume: lines for the Logs screen, and how many there are of each level over time.
import type { LogLevel, LogLines, LogVolume } from '@alidade/sdk/schema';
import type { FastifyInstance } from 'fastify';
import { abortOnDisconnect } from '../../http/abort.ts';
import type { LogQueryEngine } from '../../logql/query.ts';
import { formatDurationMs } from '../../model/duration.ts';
import type { Matrix } from '../../vector/value.ts';
import { uiError } from './errors.ts';
import { LEVEL_LABEL, LOG_LEVELS, levelOf, linesInOrder } from './log-lines.ts';
import { parseLinesRequest, parseVolumeRequest } from './logs-request.ts';
import { niceStepMs } from './step.ts';

/** What the routes about logs need. */
export interface LogRoutesDeps {
  readonly logEngine: LogQueryEngine;
}

const MS_NS = 1_000_000n;

/** Adds the routes. Errors of the query come with the engine's codes and texts. */
export function addLogRoutes(app: FastifyInstance, { logEngine }: LogRoutesDeps): void {
  const wantLines = (query: string) => {
    if (logEngine.check(query) === 'metric')
      throw uiError('ui.bad_request', 'this query counts lines; write one that selects them, such as {app="api"} |= "error"');
  };

  app.get('/api/ui/logs', async (request, reply): Promise<LogLines> => {
    const { query, fromMs, toMs, limit, direction } = parseLinesRequest(request.query);
    wantLines(query);
    const { value, stats } = await logEngine.range({
      query,
      startNs: BigInt(fromMs) * MS_NS,
      endNs: BigInt(toMs) * MS_NS,
      stepNs: MS_NS,
      // One more than wanted shows whether something was left out.
      limit: limit + 1,
      direction,
      detectLevel: true,
      signal: abortOnDisconnect(reply),
    });
    const lines = value.type === 'streams' ? linesInOrder(value.streams, direction) : [];
    const { linesProcessed, bytesProcessed } = stats;
    return { lines: lines.slice(0, limit), isCut: lines.length > limit, linesProcessed, bytesProcessed };
  });

  app.get('/api/ui/logs/volume', async (request, reply): Promise<LogVolume> => {
    const { query, fromMs, toMs, buckets } = parseVolumeRequest(request.query);
    wantLines(query);
    const stepMs = niceStepMs(Math.max(1, toMs - fromMs) / buckets);
    const startMs = Math.floor(fromMs / stepMs) * stepMs;
    const steps = Math.max(1, Math.ceil((toMs - startMs) / stepMs));
    const { value } = await logEngine.range({
      // The line feed ends a comment that the query may end with. Lines that a parser could not read are shown, so they count.
      query: `sum by (${LEVEL_LABEL})(count_over_time((${query}\n| drop __error__, __error_details__)[${formatDurationMs(stepMs)}]))`,
      // A value counts what lies before it and at its time, so each stands at the last nanosecond of its bucket.
      startNs: BigInt(startMs + stepMs) * MS_NS - 1n,
      endNs: BigInt(startMs + steps * stepMs) * MS_NS - 1n,
      stepNs: BigInt(stepMs) * MS_NS,
      limit: 1,
      direction: 'forward',
      detectLevel: true,
      signal: abortOnDisconnect(reply),
    });
    return { startMs, stepMs, levels: value.type === 'matrix' ? countsByLevel(value) : [] };
  });
}

function countsByLevel({ labels, values, present, steps }: Matrix): LogVolume['levels'] {
  const byLevel = new Map<LogLevel, number[]>();
  labels.forEach((series, row) => {
    const level = levelOf(series.get(LEVEL_LABEL));
    const counts = byLevel.get(level) ?? new Array<number>(steps).fill(0);
    for (let t = 0, i = row * steps; t < steps; t++, i++) if (present[i] === 1) counts[t] = (counts[t] as number) + (values[i] as number);
    byLevel.set(level, counts);
  });
  return LOG_LEVELS.flatMap((level) => {
    const counts = byLevel.get(level);
    return counts ? [{ level, counts }] : [];
  });
}
