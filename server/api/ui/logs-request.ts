import { z } from 'zod';
import { uiError } from './errors.ts';

const MAX_TIME_MS = 8.64e15;
const MAX_LINES = 5_000;
const MAX_BUCKETS = 1_000;

const query = z.string().max(100_000);
const time = z.coerce.number().int().min(0).max(MAX_TIME_MS);
const isInOrder = ({ fromMs, toMs }: { fromMs: number; toMs: number }) => fromMs <= toMs;
const outOfOrder = { path: ['toMs'], error: 'must not be before fromMs' };

const lines = z
  .object({
    query,
    fromMs: time,
    toMs: time,
    limit: z.coerce.number().int().min(1).max(MAX_LINES).default(500),
    direction: z.enum(['backward', 'forward']).default('backward'),
  })
  .refine(isInOrder, outOfOrder);

const volume = z
  .object({ query, fromMs: time, toMs: time, buckets: z.coerce.number().int().min(1).max(MAX_BUCKETS).default(100) })
  .refine(isInOrder, outOfOrder);

export type LinesRequest = z.infer<typeof lines>;
export type VolumeRequest = z.infer<typeof volume>;

/** The parameters of GET /api/ui/logs. Throws `ui.bad_request` with everything that is wrong. */
export function parseLinesRequest(parameters: unknown): LinesRequest {
  return parse(lines, parameters);
}

/** The parameters of GET /api/ui/logs/volume. Throws `ui.bad_request` with everything that is wrong. */
export function parseVolumeRequest(parameters: unknown): VolumeRequest {
  return parse(volume, parameters);
}

function parse<T>(schema: z.ZodType<T>, parameters: unknown): T {
  const result = schema.safeParse(parameters);
  if (result.success) return result.data;
  throw uiError('ui.bad_request', result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '));
}
