import type { LogExpr, Stage, Unwrap } from './ast.ts';
import { parseMatchers, parseStage, parseUnwrap, startsStage } from './log-parser.ts';
import type { TokenStream } from './token-stream.ts';
import { parseDurationNs } from './units.ts';

/** What stands between the brackets of a range aggregation. */
export interface LogRange {
  readonly log: LogExpr;
  readonly unwrap: Unwrap | undefined;
  readonly rangeNs: bigint;
  readonly offsetNs: bigint;
}

interface Draft {
  log: LogExpr;
  unwrap?: Unwrap;
  rangeNs?: bigint;
  offsetNs: bigint;
}

/** A log query with a range: `{a="b"} | json [5m] offset 1h`; the range may also stand before the stages, and brackets around all of it. */
export function parseLogRange(tokens: TokenStream): LogRange {
  const { log, unwrap, rangeNs, offsetNs } = parseDraft(tokens);
  if (rangeNs === undefined) return tokens.unexpected('RANGE');
  return { log, unwrap, rangeNs, offsetNs };
}

function parseDraft(tokens: TokenStream): Draft {
  const start = tokens.next.start;
  let draft: Draft;
  const stages: Stage[] = [];
  if (tokens.accept('(')) {
    draft = tokens.nested(() => parseDraft(tokens));
    tokens.expect(')');
    stages.push(...draft.log.stages);
  } else {
    const matchers = parseMatchers(tokens);
    draft = { log: { kind: 'log', matchers, stages, start, end: tokens.lastEnd }, offsetNs: 0n };
  }
  for (;;) {
    if (tokens.next.kind === 'range' && draft.rangeNs === undefined) {
      draft.rangeNs = BigInt(tokens.take().value);
      draft.offsetNs = parseOffset(tokens);
    } else if (startsStage(tokens) && draft.unwrap === undefined) stages.push(parseStage(tokens));
    else if (tokens.isOp('|') && draft.unwrap === undefined) draft.unwrap = parseUnwrap(tokens);
    else break;
    draft.log = { ...draft.log, stages, end: tokens.lastEnd };
  }
  return draft;
}

function parseOffset(tokens: TokenStream): bigint {
  if (!tokens.acceptWord('offset')) return 0n;
  const sign = tokens.accept('-') ? -1n : 1n;
  const token = tokens.take();
  const offsetNs = token.kind === 'duration' ? token.value : parseDurationNs(token.text);
  if (offsetNs === undefined) tokens.fail(token, 'syntax error: unexpected offset, expecting DURATION');
  return sign * BigInt(offsetNs);
}
