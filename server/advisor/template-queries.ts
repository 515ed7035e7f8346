// Queries within the Go templates of alerts: `{{ query "up" | first | value }}`. They are asked only while an alert is pending or firing,
// so the query log may not know them.
import { unquoteGo } from '../template/quote.ts';

const ACTION = /\{\{([\s\S]*?)\}\}/g;
const QUOTED = '("(?:[^"\\\\\\n]|\\\\.)*"|`[^`]*`)';
const CALLED = new RegExp(`\\bquery\\s+(?:\\(\\s*printf\\s+)?${QUOTED}`, 'g');
const PIPED = new RegExp(`${QUOTED}[^|"\`]*\\|\\s*query\\b`, 'g');
const VERBS: Readonly<Record<string, string>> = { q: '"x"', s: 'x', v: 'x', d: '1', f: '1' };

/** The queries of a template, what is formatted into them replaced by stand-ins; an action whose query is no text of its own as it stands. */
export function templateQueries(template: string): string[] {
  return [...template.matchAll(ACTION)].flatMap(([, action = '']) => {
    if (!/\bquery\b/.test(action.replace(new RegExp(QUOTED, 'g'), '""'))) return [];
    const literals = [CALLED, PIPED].flatMap((pattern) => [...action.matchAll(pattern)].map(([, literal = '']) => textOf(literal)));
    return literals.length > 0 ? literals : [action.trim()];
  });
}

function textOf(literal: string): string {
  return unquoteGo(literal).replace(/%[-+# 0-9.]*([qsvdf%])/g, (_, verb: string) => VERBS[verb] ?? verb);
}
