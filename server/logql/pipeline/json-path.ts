import { parseGoString } from '../../model/go-string.ts';
import { meaningError } from '../errors.ts';

/** Keys of objects and indexes of arrays, from the outside in. */
export type JsonPath = readonly (string | number)[];

/** Reads `a.b[0]["c d"]`. Throws AppError `logql.parse`. */
export function parseJsonPath(expression: string): JsonPath {
  const path: (string | number)[] = [];
  let at = 0;
  const fail = (problem: string): never => {
    throw meaningError(`cannot parse expression [${expression}]: ${problem} at character ${at + 1} (write a.b[0]["c d"])`);
  };
  const field = () => {
    const match = /^[a-zA-Z_][a-zA-Z0-9_]*/.exec(expression.slice(at));
    const name = match?.[0] ?? fail('expecting FIELD');
    path.push(name);
    at += name.length;
  };
  const bracketed = () => {
    at++;
    if (expression[at] === '"') {
      const key = parseGoString(expression, at);
      if (key.problem !== undefined) return fail(key.problem);
      path.push(key.value.text);
      at = key.value.end;
    } else {
      const index = /^\d{1,9}/.exec(expression.slice(at))?.[0] ?? fail('expecting STRING or INDEX');
      path.push(Number(index));
      at += index.length;
    }
    if (expression[at] !== ']') fail('expecting ]');
    at++;
  };
  if (expression === '') fail('expecting FIELD');
  while (at < expression.length) {
    if (expression[at] === '[') bracketed();
    else if (path.length === 0) field();
    else if (expression[at] === '.') {
      at++;
      field();
    } else fail(`unexpected ${JSON.stringify(expression[at])}`);
  }
  return path;
}
