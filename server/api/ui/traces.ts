// GET /api/ui/traces, /api/ui/traces/:id and /api/ui/traces/services: for the Traces screen and the waterfall.
import type { TraceList, TraceServices, TraceView } from '@alidade/sdk/schema';
import type { FastifyInstance } from 'fastify';
import { abortOnDisconnect } from '../../http/abort.ts';
import { toTraceId } from '../../model/trace-id.ts';
import type { ReadLimits, TagQuery, TraceStore } from '../../storage/store.ts';
import { readTrace } from '../../traces/read-trace.ts';
import type { TraceSearchEngine } from '../../traces/trace-search.ts';
import { uiError } from './errors.ts';
import { toTraceSummary, toTraceView } from './trace-view.ts';
import { parseServicesRequest, parseTracesRequest } from './traces-request.ts';

/** What the routes about traces need. */
export interface TraceRoutesDeps {
  readonly traceStore: TraceStore;
  readonly traceSearch: TraceSearchEngine;
}

const NS_PER_MS = 1_000_000n;
/** More than a browser can draw. */
const MAX_SPANS = 50_000;
const MAX_SERVICES = 200;
const MAX_OPERATIONS = 500;
const SERVICES_AT_ONCE = 4;
const TIMEOUT_MS = 60_000;

/** Adds the routes. Errors of the query come with TraceQL's codes and texts. */
export function addTraceRoutes(app: FastifyInstance, { traceStore, traceSearch }: TraceRoutesDeps): void {
  app.get('/api/ui/traces', async (request, reply): Promise<TraceList> => {
    const { q, fromMs, toMs, minDurationMs, maxDurationMs, limit } = parseTracesRequest(request.query);
    const { traces, isCut } = await traceSearch.search(
      {
        query: q.trim(),
        ...spanOf(fromMs, toMs),
        minDurationNs: durationNsOf(minDurationMs),
        maxDurationNs: durationNsOf(maxDurationMs),
        limit,
        spansPerSpanset: 1,
      },
      { signal: abortOnDisconnect(reply), timeoutMs: TIMEOUT_MS },
    );
    return { traces: traces.map(toTraceSummary), isCut };
  });

  app.get('/api/ui/traces/services', async (request, reply): Promise<TraceServices> => {
    const { fromMs, toMs } = parseServicesRequest(request.query);
    const limits = { signal: abortOnDisconnect(reply), timeoutMs: TIMEOUT_MS };
    return { services: await servicesOf(traceStore, spanOf(fromMs, toMs), limits) };
  });

  app.get<{ Params: { id: string } }>('/api/ui/traces/:id', async ({ params }, reply): Promise<TraceView> => {
    const traceId = toTraceId(params.id);
    if (traceId === undefined) throw uiError('ui.bad_request', `"${params.id}" is not a trace id: it has up to 32 hex digits`);
    const limits = { signal: abortOnDisconnect(reply), timeoutMs: TIMEOUT_MS };
    const spans = await readTrace(traceStore, traceId, MAX_SPANS, limits);
    if (spans.length === 0)
      throw uiError(
        'ui.not_found',
        `there is no trace ${traceId}: it was not sampled, has not arrived yet, or is older than the retention of traces`,
      );
    return toTraceView(spans);
  });
}

type Times = Pick<TagQuery, 'startNs' | 'endNs'>;

/** The last millisecond is included. */
function spanOf(fromMs: number, toMs: number): Times {
  return { startNs: BigInt(fromMs) * NS_PER_MS, endNs: BigInt(toMs + 1) * NS_PER_MS };
}

function durationNsOf(durationMs: number | undefined): bigint | undefined {
  return durationMs === undefined ? undefined : BigInt(Math.round(durationMs * Number(NS_PER_MS)));
}

async function servicesOf(store: TraceStore, times: Times, limits: ReadLimits): Promise<TraceServices['services']> {
  const found = await store.tagValues({ scope: 'intrinsic', name: 'service' }, { ...times, limit: MAX_SERVICES }, limits);
  const services: TraceServices['services'][number][] = [];
  for (let i = 0; i < found.length; i += SERVICES_AT_ONCE) {
    const some = found.slice(i, i + SERVICES_AT_ONCE).map(async ({ value: service }) => {
      const filter = { field: { scope: 'intrinsic', name: 'service' }, op: '=', value: service } as const;
      const names = await store.tagValues({ scope: 'intrinsic', name: 'name' }, { ...times, filter, limit: MAX_OPERATIONS }, limits);
      return { service, operations: names.map(({ value }) => value) };
    });
    services.push(...(await Promise.all(some)));
  }
  return services;
}
