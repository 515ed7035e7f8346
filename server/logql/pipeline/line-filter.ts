import { compileSearch } from '../../storage/line-filter.ts';
import type { LineFilterStage } from '../parse/ast.ts';
import { compileIpSearch } from './ip.ts';
import { compileLinePattern } from './line-pattern.ts';
import type { LineStage } from './pipeline.ts';
import { literalsOf, requiredLiteral } from './regexp-literals.ts';

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
  const literals = literalsOf(expression);
  if (literals) return (line) => literals.some((literal) => line.includes(literal));
  const required = requiredLiteral(expression);
  if (required === '') return (line) => pattern.matcher(line).find();
  return (line) => line.includes(required) && pattern.matcher(line).find();
}
