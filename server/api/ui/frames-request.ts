import type { FramesRequest } from '@alidade/sdk/schema';
import { z } from 'zod';
import { uiError } from './errors.ts';

const MAX_QUERIES = 1_000;
const MAX_TIME_MS = 8.64e15;

const id = z.string().max(200);
const expr = z.string().max(100_000);
const value = z.string().max(10_000);
const time = z.number().int().min(0).max(MAX_TIME_MS);

const query = z.object({
  refId: id,
  expr,
  kind: z.enum(['range', 'instant']).default('range'),
  legendFormat: z.string().max(2_000).default(''),
  minStep: z.string().max(50).optional(),
});

const panel = z.object({
  id,
  maxDataPoints: z.number().int().min(1).max(11_000),
  queries: z.array(query).max(100),
  sinceMs: time.optional(),
});

const request = z
  .object({
    fromMs: time,
    toMs: time,
    panels: z.array(panel).max(500),
    variables: z.record(z.string().max(200), z.union([value, z.array(value).max(10_000)])).optional(),
  })
  .refine(({ fromMs, toMs }) => fromMs <= toMs, { path: ['toMs'], error: 'must not be before fromMs' })
  .refine(({ panels }) => panels.reduce((sum, panel) => sum + panel.queries.length, 0) <= MAX_QUERIES, {
    path: ['panels'],
    error: `have more than ${MAX_QUERIES} queries together`,
  });

/** The body of POST /api/ui/frames. Throws `ui.bad_request` with everything that is wrong. */
export function parseFramesRequest(body: unknown): FramesRequest {
  const result = request.safeParse(body);
  if (result.success) return result.data as FramesRequest;
  const problems = result.error.issues.slice(0, 10).map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`);
  throw uiError('ui.bad_request', problems.join('; '));
}
