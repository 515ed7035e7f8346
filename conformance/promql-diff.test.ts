// The same samples in a real Prometheus 3 and in the reference store, the same questions to both: the answers must be equal.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messageOf } from '../server/model/app-error.ts';
import { systemClock } from '../server/model/clock.ts';
import { NO_FEATURES } from '../server/model/language-features.ts';
import { createQueryEngine } from '../server/promql/engine/query-engine.ts';
import type { EncodedResult, QueryEngine } from '../server/promql/query.ts';
import { DOCUMENT_EXPRESSIONS } from '../server/promql/testdata/document-expressions.ts';
import { expressionArbitraries } from '../server/promql/testdata/expressions.ts';
import { FEATURE_EXPRESSIONS } from '../server/promql/testdata/feature-expressions.ts';
import { TEST_START_MS, testSeries } from '../server/promql/testdata/series.ts';
import { storeWith } from '../server/promql/testdata/store.ts';
import { SYNTAX_EXPRESSIONS } from '../server/promql/testdata/syntax-expressions.ts';
import { findPrometheus, type PrometheusPeer, startPrometheus } from './peers/prometheus.ts';
import { type Answer, askPeer, differenceOf } from './peers/prometheus-answer.ts';
import { remoteWrite } from './peers/remote-write.ts';

const binary = findPrometheus();
/** `npm run test:full` asks more. */
const GENERATED = process.env.ALIDADE_FULL ? 5_000 : 400;
const TOLERANCE = 1e-9;
const MINUTE = 60_000;

/** A range whose end is not one of its steps, and instants that no scrape fell on. */
const RANGE = { startMs: TEST_START_MS + 17 * MINUTE, endMs: TEST_START_MS + 77 * MINUTE, stepMs: 97_000 };
const INSTANTS = [TEST_START_MS + 61 * MINUTE + 1_234, TEST_START_MS + 43 * MINUTE];

describe.skipIf(!binary)(`PromQL against Prometheus 3${binary ? '' : ' (left out: run scripts/peers.mjs to fetch it)'}`, () => {
  let peer: PrometheusPeer;
  let engine: QueryEngine;

  beforeAll(async () => {
    peer = await startPrometheus(binary as string, { flags: ['--enable-feature=promql-experimental-functions'] });
    const series = testSeries();
    await remoteWrite(peer.url, series);
    engine = createQueryEngine({
      store: await storeWith(series),
      clock: systemClock,
      workers: 1,
      features: { ...NO_FEATURES, experimentalFunctions: true },
    });
  });

  afterAll(async () => {
    await engine?.close();
    await peer?.close();
  });

  async function compare(expressions: readonly string[]): Promise<string[]> {
    const differences: string[] = [];
    for (const expr of expressions) {
      for (const timeMs of INSTANTS) {
        const theirs = await askPeer(peer.url, 'query', { query: expr, time: String(timeMs / 1000) });
        const ours = await answerOf(engine.instantJson({ expr, timeMs }));
        note(differences, expr, `instant ${timeMs}`, theirs, ours, hasDefinedOrder(expr));
      }
      const { startMs, endMs, stepMs } = RANGE;
      const parameters = { query: expr, start: String(startMs / 1000), end: String(endMs / 1000), step: String(stepMs / 1000) };
      note(
        differences,
        expr,
        'range',
        await askPeer(peer.url, 'query_range', parameters),
        await answerOf(engine.rangeJson({ expr, ...RANGE })),
        true,
      );
    }
    return differences;
  }

  it('answers every expression of the course documents alike', async () => {
    expect(await compare(DOCUMENT_EXPRESSIONS)).toEqual([]);
  });

  it('answers expressions for every feature alike', async () => {
    expect(await compare(FEATURE_EXPRESSIONS)).toEqual([]);
  });

  it(`answers ${GENERATED} generated expressions alike`, async () => {
    const expressions = fc.sample(expressionArbitraries().vector, { numRuns: GENERATED, seed: 20_260_101 }).filter(isDetermined);
    expect(expressions.length).toBeGreaterThan(GENERATED * 0.8);
    expect(await compare(expressions)).toEqual([]);
  });

  it('accepts and refuses the same texts, with the same words at the same place', async () => {
    const differences: string[] = [];
    for (const query of SYNTAX_EXPRESSIONS) {
      const theirs = await askPeer(peer.url, 'query', { query, time: '0' });
      const ours = await answerOf(engine.instantJson({ expr: query, timeMs: 0 }));
      if (theirs.error !== ours.error) differences.push(`${query}: theirs ${theirs.error}, ours ${ours.error}`);
    }
    expect(differences).toEqual([]);
  });
});

function note(differences: string[], expr: string, mode: string, theirs: Answer, ours: Answer, isOrdered: boolean): void {
  const difference = differenceOf(settled(theirs), settled(ours), { tolerance: TOLERANCE, isOrdered });
  if (difference !== undefined) differences.push(`${mode}: ${expr}\n  ${difference.slice(0, 500)}`);
}

async function answerOf(result: Promise<EncodedResult>): Promise<Answer> {
  try {
    const { dataJson, warnings, infos } = await result;
    return { data: JSON.parse(new TextDecoder().decode(dataJson)), warnings, infos };
  } catch (error) {
    return { error: messageOf(error), warnings: [], infos: [] };
  }
}

/**
 * Without what is accidental upstream: which ten of many annotations are shown and which pair of series an error names (a map's
 * order), the metric name in the hint at falling counts (lost after the first step), and where a subquery's hint points.
 */
function settled({ data, error, warnings, infos }: Answer): Answer {
  return {
    data,
    error: error?.replace(/ for the match group .*\];/, ';'),
    warnings: warnings.length > 10 ? warnings.slice(-1) : warnings,
    infos: [
      ...new Set(infos.map((text) => text.replace(/(fixed for monotonicity) .*/, '$1').replace(/(not be a counter.*) \(1:\d+\)$/, '$1'))),
    ],
  };
}

/** Only these promise an order; any other is that of a map or of the index. */
function hasDefinedOrder(expr: string): boolean {
  return /^(sort|sort_desc|sort_by_label|sort_by_label_desc|topk|bottomk)\b/.test(expr) && !/odd_values|up\)/.test(expr);
}

/** Where ties decide, the order of series does: upstream's is a map's order once anything was computed. */
function isDetermined(expr: string): boolean {
  return !/topk|bottomk/.test(expr);
}
