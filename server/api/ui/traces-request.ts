import { z } from 'zod';
import { uiError } from './errors.ts';

const MAX_TIME_MS = 8.64e15;
const MAX_TRACES = 1_000;

const time = z.coerce.number().int().min(0).max(MAX_TIME_MS);
const durationMs = z.coerce.number().min(0).max(MAX_TIME_MS).optional();
const isInOrder = ({ fromMs, toMs }: { fromMs: number; toMs: number }) => fromMs <= toMs;
const outOfOrder = { path: ['toMs'], error: 'must not be before fromMs' };

const search = z
  .object({
    q: z.string().max(100_000).default(''),
    fromMs: time,
    toMs: time,
    minDurationMs: durationMs,
    maxDurationMs: durationMs,
    limit: z.coerce.number().int().min(1).max(MAX_TRACES).default(100),
  })
  .refine(isInOrder, outOfOrder);

const services = z.object({ fromMs: time, toMs: time }).refine(isInOrder, outOfOrder);

export type TracesRequest = z.infer<typeof search>;
export type ServicesRequest = z.infer<typeof services>;

/** The parameters of GET /api/ui/traces. Throws `ui.bad_request` with everything that is wrong. */
export function parseTracesRequest(parameters: unknown): TracesRequest {
  return parse(search, parameters);
}

/** The parameters of GET /api/ui/traces/services. Throws `ui.bad_request` with everything that is wrong. */
export function parseServicesRequest(parameters: unknown): ServicesRequest {
  return parse(services, parameters);
}

function parse<T>(schema: z.ZodType<T>, parameters: unknown): T {
  const result = schema.safeParse(parameters);
  if (result.success) return result.data;
  throw uiError('ui.bad_request', result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}
