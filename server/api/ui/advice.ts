// GET /api/ui/advice, /api/ui/advice/proof and /api/ui/advice/metric: what series and lines cost, and what may go.
import type { AdviceProof, AdviceReport, MetricDetail } from '@alidade/sdk/schema';
import type { FastifyInstance } from 'fastify';
import type { Advisor } from '../../advisor/advisor.ts';
import { abortOnDisconnect } from '../../http/abort.ts';
import { uiError } from './errors.ts';

const DEFAULT_DAYS = 30;
const MAX_DAYS = 90;
const MAX_TOGETHER = 100;

/** Adds the routes. */
export function addAdviceRoutes(app: FastifyInstance, advisor: Advisor): void {
  app.get('/api/ui/advice', ({ query }): Promise<AdviceReport> => advisor.report(daysOf(query)));

  app.get('/api/ui/advice/proof', ({ query }, reply): Promise<AdviceProof> => {
    return advisor.prove(idsOf(query), daysOf(query), abortOnDisconnect(reply));
  });

  app.get('/api/ui/advice/metric', ({ query }): Promise<MetricDetail> => advisor.metric(textOf(query, 'name'), daysOf(query)));
}

function daysOf(query: unknown): number {
  const { days } = query as { days?: unknown };
  if (days === undefined || days === '') return DEFAULT_DAYS;
  const wanted = Number(days);
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > MAX_DAYS)
    throw uiError('ui.bad_request', `days must be a whole number from 1 to ${MAX_DAYS}, not "${String(days)}"`);
  return wanted;
}

/** One id or several. */
function idsOf(query: unknown): readonly string[] {
  const { id } = query as { id?: unknown };
  if (!Array.isArray(id)) return [textOf(query, 'id')];
  if (id.length > MAX_TOGETHER) throw uiError('ui.bad_request', `at most ${MAX_TOGETHER} pieces of advice can be proved together`);
  return id.map(String);
}

function textOf(query: unknown, name: string): string {
  const value = (query as Record<string, unknown>)[name];
  if (typeof value !== 'string' || value === '') throw uiError('ui.bad_request', `the parameter "${name}" is missing`);
  return value;
}
