// /api/v1/format_query and parse_query: what depends on the text of an expression alone.
import type { FastifyInstance } from 'fastify';
import { messageOf } from '../../model/app-error.ts';
import { toGoJson } from '../../model/go-json.ts';
import { formatFixed } from '../../model/go-number.ts';
import type { LanguageFeatures } from '../../model/language-features.ts';
import { type Expr, typeOf, type VectorSelector } from '../../promql/parse/ast.ts';
import { parseExpr } from '../../promql/parse/parse.ts';
import { sendData } from './answer.ts';
import type { PrometheusApiDeps } from './deps.ts';
import { invalidParameter } from './errors.ts';
import { parametersOf } from './parameters.ts';
import { prettyQuery } from './pretty-query.ts';
import { READ } from './route.ts';

// Formatting looks at each part as often as it is nested.
const MAX_LENGTH = 100_000;

/** Adds the routes about the language. */
export function addLanguageRoutes(app: FastifyInstance, { config }: Pick<PrometheusApiDeps, 'config'>): void {
  const methods = ['GET', 'POST'];
  const add = (url: string, answer: (expr: Expr) => unknown) =>
    app.route({
      method: methods,
      url,
      ...READ,
      handler: (request, reply) => {
        const expr = parsed(parametersOf(request).get('query'), config().server.query.features);
        return sendData(reply, toGoJson(answer(expr)));
      },
    });
  add('/api/v1/format_query', (expr) => prettyQuery(expr));
  add('/api/v1/parse_query', treeOf);
}

function parsed(query: string, features: LanguageFeatures): Expr {
  if (query.length > MAX_LENGTH) throw invalidParameter('query', `has ${query.length} characters; at most ${MAX_LENGTH} are formatted`);
  try {
    return parseExpr(query, features);
  } catch (error) {
    throw invalidParameter('query', messageOf(error));
  }
}

/** The tree as upstream's UI reads it; times and durations in milliseconds, members in the order of Go's maps. */
export function treeOf(expr: Expr): object {
  switch (expr.kind) {
    case 'number':
      return { type: 'numberLiteral', val: formatFixed(expr.value) };
    case 'string':
      return { type: 'stringLiteral', val: expr.value };
    case 'selector':
      return { ...matchersOf(expr), ...timeOf(expr), type: 'vectorSelector' };
    case 'range': {
      const { offset, ...time } = timeOf(expr.selector);
      return { ...matchersOf(expr.selector), offset, range: expr.rangeMs, ...time, type: 'matrixSelector' };
    }
    case 'subquery': {
      const { offset, startOrEnd, timestamp } = timeOf(expr);
      return { expr: treeOf(expr.expr), offset, range: expr.rangeMs, startOrEnd, step: expr.stepMs, timestamp, type: 'subquery' };
    }
    case 'call': {
      const { name, args, returns, variadic } = expr.fn;
      return { args: expr.args.map(treeOf), func: { argTypes: args, name, returnType: returns, variadic }, type: 'call' };
    }
    case 'aggregation': {
      const param = expr.param ? treeOf(expr.param) : null;
      return { expr: treeOf(expr.expr), grouping: expr.grouping, op: expr.op, param, type: 'aggregation', without: expr.without };
    }
    case 'binary': {
      const { op, returnBool: bool, lhs, rhs } = expr;
      return { bool, lhs: treeOf(lhs), matching: matchingOf(expr), op, rhs: treeOf(rhs), type: 'binaryExpr' };
    }
    case 'unary':
      return { expr: treeOf(expr.expr), op: expr.op, type: 'unaryExpr' };
    case 'paren':
      return { expr: treeOf(expr.expr), type: 'parenExpr' };
  }
}

function matchersOf({ matchers, name }: VectorSelector): object {
  return { matchers: matchers.map((matcher) => ({ name: matcher.name, type: matcher.type, value: matcher.value })), name };
}

function timeOf({ offsetMs, at }: Pick<VectorSelector, 'offsetMs' | 'at'>) {
  const startOrEnd = at === undefined || at.kind === 'time' ? null : at.kind;
  return { offset: offsetMs, startOrEnd, timestamp: at?.kind === 'time' ? at.timeMs : null };
}

/** Only between two vectors. */
function matchingOf({ lhs, rhs, matching }: Extract<Expr, { kind: 'binary' }>): object | null {
  if (typeOf(lhs) !== 'vector' || typeOf(rhs) !== 'vector') return null;
  const { card, include, labels, on } = matching;
  return { card, include, labels, on };
}
