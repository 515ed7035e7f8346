import { isDeepStrictEqual } from 'node:util';
import { generateError } from './errors.ts';

interface Part {
  readonly content: unknown;
  /** The project file. */
  readonly source: string;
}

type Section = Readonly<Record<string, unknown>>;

/** What two projects write to the same file: lists one behind the other, routes below the first root; other sections must be equal. */
export function mergeContents(path: string, first: Part, second: Part): unknown {
  const merged: Record<string, unknown> = { ...(first.content as Section) };
  for (const [key, value] of Object.entries(second.content as Section)) {
    const before = merged[key];
    if (before === undefined) merged[key] = value;
    else if (Array.isArray(before) && Array.isArray(value)) merged[key] = [...before, ...value];
    else if (key === 'route') merged[key] = joinRoutes(before as Section, value as Section);
    else if (!isDeepStrictEqual(before, value))
      throw generateError(
        'generate.conflict',
        `${path}: ${first.source} and ${second.source} disagree about "${key}"; define it in one of them`,
      );
  }
  return merged;
}

function joinRoutes(first: Section, second: Section): Section {
  const routes = [first, second].flatMap(({ routes }) => (Array.isArray(routes) ? routes : []));
  return { ...first, ...(routes.length > 0 && { routes }) };
}
