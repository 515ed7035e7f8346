import type { RE2JS } from 're2js';
import { compileSearch } from '../../storage/line-filter.ts';
import type { LineFilterStage } from '../parse/ast.ts';
import { compileIpSearch } from './ip.ts';
import { compileLinePattern } from './line-pattern.ts';
import type { LineStage } from './pipeline.ts';
import { literalsOf, requiredLiteral } from './regexp-literals.ts';

const ASCII = /^[ -~]*$/;

/** `|= "a" or "b"`, … Throws AppError `matcher.bad_regexp` or `logql.parse`. */
export function lineFilterStage({ op, values }: LineFilterStage): LineStage {
  const isWanted = op.startsWith('|');
  const tests = values.map(({ text, isIp }) => (isIp ? compileIpSearch(text) : compileTest(op, text)));
  const [only] = tests;
  if (tests.length === 1 && only) return isWanted ? ({ line }) => only(line) : ({ line }) => !only(line);
  return ({ line }) => tests.some((test) => test(line)) === isWanted;
}

function compileTest(op: LineFilterStage['op'], text: string): (line: string) => boolean {
  if (op === '|=' || op === '!=') return (line) => line.includes(text);
  return op === '|~' || op === '!~' ? compileRegexpSearch(text) : compileLinePattern(text);
}

/** A search for an RE2 expression, not anchored, whose dot does not match a newline. Throws AppError `matcher.bad_regexp`. */
export function compileRegexpSearch(expression: string): (line: string) => boolean {
  const pattern = compileSearch(expression);
  const isInsensitive = expression.startsWith('(?i)');
  const literals = literalsOf(isInsensitive ? expression.slice(4) : expression);
  if (literals && isInsensitive && literals.every((literal) => ASCII.test(literal))) return foldedSearch(literals, pattern);
  if (literals && !isInsensitive) return (line) => literals.some((literal) => line.includes(literal));
  const required = requiredLiteral(expression);
  if (required === '') return (line) => pattern.test(line);
  return (line) => line.includes(required) && pattern.test(line);
}

/** `(?i)error|warn`. Lower case is the same as RE2's folding for all but two letters. */
function foldedSearch(literals: readonly string[], pattern: RE2JS): (line: string) => boolean {
  const folded = literals.map((literal) => literal.toLowerCase());
  return (line) => {
    if (line.includes('\u017f') || line.includes('\u0130')) return pattern.test(line);
    const lower = line.toLowerCase();
    return folded.some((literal) => lower.includes(literal));
  };
}
