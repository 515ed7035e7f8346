import type { Attributes, Span } from '../../model/span.ts';
import { attributesToJson } from './any-value-json.ts';

/** Spans of one instrumentation scope. */
export interface ScopeSpans {
  readonly name: string;
  readonly version: string;
  readonly spans: readonly Span[];
}

/** Spans of one resource, by scope. */
export interface ResourceSpans {
  readonly resource: Attributes;
  readonly scopes: readonly ScopeSpans[];
}

/** Spans as OTLP sends them, by resource and scope, each in the order of its first span. */
export function groupSpans(spans: readonly Span[]): ResourceSpans[] {
  const groups = new Map<string, { resource: Attributes; scopes: Map<string, Span[]> }>();
  const keys = new Map<Attributes, string>();
  for (const span of spans) {
    const key = keys.get(span.resource) ?? JSON.stringify(attributesToJson(span.resource));
    keys.set(span.resource, key);
    const { scopes } = getOrAdd(groups, key, () => ({ resource: span.resource, scopes: new Map() }));
    getOrAdd(scopes, JSON.stringify([span.scopeName, span.scopeVersion]), () => []).push(span);
  }
  return [...groups.values()].map(({ resource, scopes }) => ({ resource, scopes: [...scopes.values()].map(toScope) }));
}

function toScope(spans: readonly Span[]): ScopeSpans {
  const { scopeName = '', scopeVersion = '' } = spans[0] ?? {};
  return { name: scopeName, version: scopeVersion, spans };
}

function getOrAdd<V>(map: Map<string, V>, key: string, create: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const created = create();
  map.set(key, created);
  return created;
}
