import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { abortOnDisconnect } from '../../http/abort.ts';
import type { FormValues } from '../../http/form-values.ts';
import { AppError } from '../../model/app-error.ts';
import type { ReadLimits, SpanField, SpanFilter, SpanTag, TagQuery } from '../../storage/store.ts';
import { INTRINSIC_NAMES } from '../../traceql/parse/intrinsics.ts';
import { spanFilterOf, storeFieldNamed } from '../../traceql/query.ts';
import type { TempoApiDeps } from './deps.ts';
import { invalidParameter } from './errors.ts';
import { countOf, parametersOf, timeSpanOf } from './parameters.ts';

const SCOPES = ['resource', 'span', 'intrinsic', 'event', 'link', 'instrumentation', 'none'];
const DEFAULT_LIMIT = 1_000;
const MAX_LIMIT = 10_000;
const STATUSES = ['error', 'ok', 'unset'];
const KINDS = ['client', 'consumer', 'internal', 'producer', 'server', 'unspecified'];

type TagRequest = FastifyRequest<{ Params: { tag: string } }>;

/** Adds the routes that tell which attributes exist and which values they have. */
export function addTagRoutes(app: FastifyInstance, deps: TempoApiDeps): void {
  const config = { access: 'read' as const };

  app.get('/api/search/tags', { config }, async (request, reply) => {
    const values = parametersOf(request);
    const scope = scopeOf(values);
    const names = scope === 'intrinsic' ? [...INTRINSIC_NAMES] : (await tagsOf(values, scope, reply)).map(({ name }) => name);
    return send(reply, { tagNames: [...new Set(names)].sort(), metrics: {} });
  });

  app.get('/api/v2/search/tags', { config }, async (request, reply) => {
    const values = parametersOf(request);
    const scope = scopeOf(values);
    const tags = await tagsOf(values, scope, reply);
    const scopes = (['resource', 'span'] as const).map((name) => ({
      name,
      tags: tags.filter((tag) => tag.scope === name).map((tag) => tag.name),
    }));
    const known = [...scopes, ...(scope === '' || scope === 'intrinsic' ? [{ name: 'intrinsic', tags: [...INTRINSIC_NAMES].sort() }] : [])];
    return send(reply, { scopes: known.filter((found) => found.tags.length > 0), metrics: {} });
  });

  app.get('/api/search/tag/:tag/values', { config }, async (request: TagRequest, reply) => {
    const { tag } = request.params;
    const found = await valuesOf(request, fieldOfBareName(tag), reply);
    return send(reply, { tagValues: [...new Set(found.map(({ value }) => value))], metrics: {} });
  });

  app.get('/api/v2/search/tag/:tag/values', { config }, async (request: TagRequest, reply) => {
    const field = storeFieldNamed(request.params.tag);
    return send(reply, { tagValues: field ? await valuesOf(request, field, reply) : [], metrics: {} });
  });

  async function tagsOf(values: FormValues, scope: string, reply: FastifyReply): Promise<readonly SpanTag[]> {
    if (scope !== '' && scope !== 'span' && scope !== 'resource') return [];
    const tags = await deps.store.tags(tagQueryOf(values), limitsOf(reply));
    return scope === '' ? tags : tags.filter((tag) => tag.scope === scope);
  }

  async function valuesOf(request: FastifyRequest, field: SpanField, reply: FastifyReply) {
    if (field.scope === 'intrinsic') {
      if (field.name === 'status') return STATUSES.map(toKeyword);
      if (field.name === 'kind') return KINDS.map(toKeyword);
      // Nobody chooses a duration from a list.
      if (field.name === 'duration') return [];
    }
    return deps.store.tagValues(field, tagQueryOf(parametersOf(request)), limitsOf(reply));
  }

  function tagQueryOf(values: FormValues): TagQuery {
    const limit = countOf(values, 'limit', DEFAULT_LIMIT, 0, MAX_LIMIT);
    return { ...timeSpanOf(values, deps.clock), filter: lenientFilterOf(values.get('q')), limit: limit === 0 ? MAX_LIMIT : limit };
  }

  function limitsOf(reply: FastifyReply): ReadLimits {
    return { signal: abortOnDisconnect(reply), timeoutMs: deps.timeoutMs };
  }
}

function scopeOf(values: FormValues): string {
  const scope = values.get('scope');
  if (scope !== '' && !SCOPES.includes(scope))
    throw invalidParameter('scope', `want one of ${SCOPES.join(', ')}, got ${JSON.stringify(scope)}`);
  return scope === 'none' ? '' : scope;
}

/** Names without a scope, as they were before TraceQL. */
function fieldOfBareName(tag: string): SpanField {
  if (tag === 'name' || tag === 'root.name') return { scope: 'intrinsic', name: 'name' };
  if (tag === 'root.service.name') return { scope: 'intrinsic', name: 'service' };
  if (tag === 'status' || tag === 'status.code') return { scope: 'intrinsic', name: 'status' };
  if (tag === 'kind' || tag === 'duration' || tag === 'statusMessage') return { scope: 'intrinsic', name: tag };
  return { scope: 'any', name: tag };
}

function toKeyword(value: string) {
  return { type: 'keyword', value };
}

/**
 * The filter of a query that may still be being typed, such as `{ resource.cluster = "a" && span.name = }`: the parts between `&&` that can
 * be read. A query that cannot be read at all filters nothing, as in Tempo.
 */
function lenientFilterOf(query: string): SpanFilter | undefined {
  if (query.trim() === '') return undefined;
  const whole = tryFilter(query);
  if (whole !== 'unreadable') return whole;
  const text = query.trim();
  if (!text.startsWith('{') || text.includes('||')) return undefined;
  const parts = text
    .slice(1, text.endsWith('}') ? -1 : undefined)
    .split('&&')
    .map((part) => tryFilter(`{${part}}`));
  const filters = parts.filter((part) => part !== 'unreadable' && part !== undefined);
  return filters.length === 0 ? undefined : { all: filters };
}

function tryFilter(query: string): SpanFilter | undefined | 'unreadable' {
  try {
    return spanFilterOf(query);
  } catch (error) {
    if (error instanceof AppError) return 'unreadable';
    throw error;
  }
}

function send(reply: FastifyReply, json: unknown): FastifyReply {
  return reply.type('application/json').send(Buffer.from(JSON.stringify(json)));
}
