import type { FastifyInstance } from 'fastify';

/** Which methods a path has, to tell "wrong method" from "nothing here". */
export interface KnownPaths {
  /** Upper-case methods of the routes whose pattern matches `path`; empty when nothing is there. */
  methodsOf(path: string): readonly string[];
}

/** Remembers every route that is added to `app` from now on. */
export function watchPaths(app: FastifyInstance): KnownPaths {
  const routes: { readonly segments: readonly string[]; readonly methods: readonly string[] }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    if (!url.includes('*')) routes.push({ segments: url.split('/'), methods: [method].flat() });
  });
  return {
    methodsOf(path) {
      const segments = path.split('/');
      const matching = routes.filter((route) => matches(route.segments, segments));
      return [...new Set(matching.flatMap((route) => route.methods))].sort();
    },
  };
}

function matches(pattern: readonly string[], segments: readonly string[]): boolean {
  return pattern.length === segments.length && pattern.every((part, i) => part.startsWith(':') || part === segments[i]);
}
