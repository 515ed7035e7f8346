// POST /api/ui/frames: all queries of a screen in one request, answered line by line as they finish.
import { Readable } from 'node:stream';
import type { FrameLine, FrameQuery, FramesRequest } from '@alidade/sdk/schema';
import type { FastifyInstance } from 'fastify';
import { fillVariables } from '../../dashboards/variables.ts';
import { abortOnDisconnect } from '../../http/abort.ts';
import { AppError, messageOf } from '../../model/app-error.ts';
import { parseDurationMs } from '../../model/duration.ts';
import type { QueryResult } from '../../promql/query.ts';
import type { UiApiDeps } from './deps.ts';
import { type LineHead, seriesJson } from './frame-line.ts';
import { parseFramesRequest } from './frames-request.ts';
import { seriesName } from './legend.ts';
import { merged } from './merged.ts';
import { alignSpan, laterPart, stepFor, timeVariables } from './step.ts';

const DEFAULT_CONCURRENCY = 6;
const MAX_BODY_BYTES = 1024 * 1024;

/** Adds the route that answers panels. */
export function addFrameRoutes(app: FastifyInstance, deps: UiApiDeps): void {
  // It reads only; `own` spares it the checks of a change, and no other site may read it.
  app.post('/api/ui/frames', { bodyLimit: MAX_BODY_BYTES, config: { access: 'own' } }, (request, reply) => {
    const frames = parseFramesRequest(request.body);
    const signal = abortOnDisconnect(reply);
    const tasks = planFrames(frames, deps).map((plan) => () => answerLine(plan, deps, signal));
    const lines = merged(tasks, deps.concurrency ?? DEFAULT_CONCURRENCY, signal);
    return reply.type('application/x-ndjson').header('Cache-Control', 'no-store').send(Readable.from(lines));
  });
}

/** One query, ready to be asked. */
interface FramePlan {
  readonly head: LineHead;
  readonly expr: string;
  readonly legendFormat: string;
  readonly run: (signal: AbortSignal) => Promise<QueryResult>;
}

function planFrames({ fromMs, toMs, panels, variables = {} }: FramesRequest, deps: UiApiDeps): FramePlan[] {
  const plan = (panel: FramesRequest['panels'][number], query: FrameQuery): FramePlan => {
    const minStepMs = minStepOf(fillVariables(query.minStep ?? '', variables), deps);
    const stepMs = stepFor(fromMs, toMs, panel.maxDataPoints, minStepMs);
    const values = { ...variables, ...timeVariables(fromMs, toMs, stepMs, minStepMs) };
    const expr = fillVariables(query.expr, values);
    const base = { panel: panel.id, refId: query.refId };
    const legendFormat = fillVariables(query.legendFormat, variables);
    if (query.kind === 'instant') {
      const run = (signal: AbortSignal) => deps.engine.instant({ expr, timeMs: toMs, signal });
      return { head: { ...base, startMs: toMs, stepMs: 0, steps: 1 }, expr, legendFormat, run };
    }
    const { startMs, endMs } = laterPart(alignSpan(fromMs, toMs, stepMs), panel.sinceMs ?? 0, stepMs);
    const steps = Math.floor((endMs - startMs) / stepMs) + 1;
    const run = (signal: AbortSignal) => deps.engine.range({ expr, startMs, endMs, stepMs, signal });
    return { head: { ...base, startMs, stepMs, steps }, expr, legendFormat, run };
  };
  return panels.flatMap((panel) => panel.queries.map((query) => plan(panel, query)));
}

function minStepOf(minStep: string, deps: UiApiDeps): number {
  if (minStep === '') return deps.defaultMinStepMs();
  try {
    return Math.max(1, parseDurationMs(minStep));
  } catch {
    // A slip in a dashboard: the panel is drawn all the same.
    return deps.defaultMinStepMs();
  }
}

async function answerLine(plan: FramePlan, deps: UiApiDeps, signal: AbortSignal): Promise<string> {
  const startedMs = deps.clock.nowMs();
  const line = (seriesText: string, rest: Pick<FrameLine, 'warnings' | 'error'>) => {
    const { warnings, error } = rest;
    const head = JSON.stringify({ ...plan.head, elapsedMs: deps.clock.nowMs() - startedMs, warnings, ...(error ? { error } : {}) });
    return `${head.slice(0, -1)},"series":${seriesText}}\n`;
  };
  try {
    const { value, warnings } = await plan.run(signal);
    const { json, shown, all, histograms } = await seriesJson(value, (labels) => seriesName(plan.legendFormat, labels, plan.expr));
    const cut = shown < all ? [`only the first ${shown} of ${all} series are shown; aggregate or filter them`] : [];
    const undrawn =
      histograms > 0
        ? [`native histograms of ${histograms} of ${all} series are not drawn; use histogram_quantile() or histogram_avg()`]
        : [];
    return line(json, { warnings: [...warnings, ...cut, ...undrawn] });
  } catch (error) {
    const code = error instanceof AppError ? error.code : 'http.internal';
    if (!(error instanceof AppError) && !signal.aborted) deps.reportError(error, `query ${plan.expr}`);
    return line('[]', { warnings: [], error: { code, message: messageOf(error) } });
  }
}
