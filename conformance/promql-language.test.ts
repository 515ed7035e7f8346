// The language against a real Prometheus 3: what it refuses, with which words at which place, and what it makes of what it accepts
// (format_query, parse_query). Some hundred valid queries and thousands of broken ones. Names that are dropped late, computed
// durations and info() are evaluated, too.
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { treeOf } from '../server/api/prometheus/language.ts';
import { prettyQuery } from '../server/api/prometheus/pretty-query.ts';
import { messageOf } from '../server/model/app-error.ts';
import { systemClock } from '../server/model/clock.ts';
import { toGoJson } from '../server/model/go-json.ts';
import { type LanguageFeatures, NO_FEATURES } from '../server/model/language-features.ts';
import { createQueryEngine } from '../server/promql/engine/query-engine.ts';
import { parseExpr } from '../server/promql/parse/parse.ts';
import type { EncodedResult, QueryEngine } from '../server/promql/query.ts';
import { EVALUATED, type Evaluated, languageSeries } from '../server/promql/testdata/language-expressions.ts';
import { mutatedQueries } from '../server/promql/testdata/mutations.ts';
import { storeWith } from '../server/promql/testdata/store.ts';
import { findPrometheus, type PrometheusPeer, startPrometheus } from './peers/prometheus.ts';
import { type Answer, askPeer, differenceOf } from './peers/prometheus-answer.ts';
import { writeSamples } from './testing/remote-write-client.ts';

const binary = findPrometheus();
const MUTATIONS = process.env.ALIDADE_FULL ? 60_000 : 2_000;
const IN_FLIGHT = 8;

/** Ways in which we differ for good. */
const JUSTIFIED: readonly { readonly reason: string; readonly holds: (query: string, theirs: string, ours: string) => boolean }[] = [
  {
    reason: 'labels that need quotes lose them in on, ignoring and group_… of 3.5: its text is another query',
    holds: (_, theirs, ours) =>
      ours.startsWith('ok') && theirs === ours.replace(/ (on|ignoring|group_left|group_right) \([^)]*\)/g, unquoted),
  },
  {
    reason: '3.5 leaves out ignoring () and the group_… after it, which makes another query of it',
    holds: (_, theirs, ours) => theirs === ours.replace(/ ignoring \(\) group_(left|right) \([^)]*\)/g, ''),
  },
  {
    reason: '3.5 takes any letter in brackets for the colon of a subquery; we refuse those that would do',
    holds: (_, __, ours) => /unexpected character: '.', expected ":" or "\]"/.test(ours),
  },
  {
    reason: 'an offset of NaN is some number in 3.5; it is refused since 3.12',
    holds: (query, _, ours) => /offset\s*[-+]?\s*nan/i.test(query) && ours.includes('duration out of range'),
  },
  {
    reason: '3.5 fails within itself on a second argument of info() that is no selector',
    holds: (query, theirs) => query.includes('info(') && theirs.endsWith('unexpected error'),
  },
  {
    reason: 'computed offsets, @ start() and @ end() are refused before a range, like others, since 3.15 (#19406)',
    holds: (_, theirs, ours) => theirs.startsWith('ok') && /no (offset|@) modifiers allowed before range/.test(ours),
  },
  {
    reason: 'start(), end() and the functions of durations came after 3.5',
    holds: (query) => /(?<!@\s*)\b(start|end)\s*\(|[[(]\s*(min|max|step|range)\s*\(/.test(query),
  },
];

function unquoted(clause: string): string {
  return clause.replaceAll('"', '');
}

interface Text {
  readonly query: string;
  readonly theirs: string;
  readonly ours: string;
}

describe.skipIf(!binary)(`the language of Prometheus 3${binary ? '' : ' (left out: run scripts/peers.mjs to fetch it)'}`, () => {
  describe.each([
    ['without features', [], NO_FEATURES],
    [
      'with experimental functions and computed durations',
      ['promql-experimental-functions', 'promql-duration-expr'],
      { ...NO_FEATURES, experimentalFunctions: true, durationExpressions: true },
    ],
  ] as const)('%s', (_, flags, features) => {
    let peer: PrometheusPeer;
    beforeAll(async () => {
      peer = await startPrometheus(binary as string, { flags: flags.length > 0 ? [`--enable-feature=${flags.join(',')}`] : [] });
    });
    afterAll(() => peer?.close());

    it(`refuses ${MUTATIONS} broken queries with the same words, and formats the others alike`, async () => {
      const queries = mutatedQueries(MUTATIONS);
      const differences = await compareTexts(queries, (query) => [askFormat(peer.url, query), formatted(query, features)]);
      expect(differences.map(({ query, theirs, ours }) => `${query}\n  theirs: ${theirs}\n  ours:   ${ours}`)).toEqual([]);
    });

    it('answers the same trees', async () => {
      const queries = mutatedQueries(MUTATIONS / 4).filter((query) => formatted(query, features).startsWith('ok'));
      expect(queries.length).toBeGreaterThan(40);
      const differences: string[] = [];
      for (const query of queries) {
        const theirs = await askTree(peer.url, query);
        const ours = JSON.parse(toGoJson(treeOf(parseExpr(query, features))));
        if (theirs !== undefined && !isDeepStrictEqual(theirs, ours))
          differences.push(`${query}\n  theirs: ${JSON.stringify(theirs)}\n  ours:   ${JSON.stringify(ours)}`);
      }
      expect(differences).toEqual([]);
    });
  });

  it.each(EVALUATED)('evaluates $what alike', async ({ flags, features, expressions }: Evaluated) => {
    const peer = await startPrometheus(binary as string, { flags: [`--enable-feature=${flags.join(',')}`] });
    const engine = createQueryEngine({
      store: await storeWith(languageSeries()),
      clock: systemClock,
      workers: 0,
      features: { ...NO_FEATURES, ...features },
    });
    try {
      await writeSamples(peer.url, languageSeries());
      expect(await compareAnswers(peer.url, engine, expressions)).toEqual([]);
    } finally {
      await engine.close();
      await peer.close();
    }
  });
});

/** Where the texts differ without good reason. */
async function compareTexts(
  queries: readonly string[],
  answersOf: (query: string) => readonly [Promise<string>, string],
): Promise<readonly Text[]> {
  const found: (Text & { readonly turn: number })[] = [];
  let next = 0;
  const worker = async () => {
    for (let turn = next++; turn < queries.length; turn = next++) {
      const query = queries[turn] as string;
      const [asked, ours] = answersOf(query);
      const theirs = await asked;
      if (theirs !== ours && !JUSTIFIED.some(({ holds }) => holds(query, theirs, ours))) found.push({ query, theirs, ours, turn });
    }
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return found.sort((a, b) => a.turn - b.turn);
}

async function askFormat(url: string, query: string): Promise<string> {
  const response = await fetch(`${url}/api/v1/format_query`, { method: 'POST', body: new URLSearchParams({ query }) });
  const { status, data, error = '' } = (await response.json()) as { status: string; data?: string; error?: string };
  return status === 'success' ? `ok ${data}` : `error ${error.replace('invalid parameter "query": ', '')}`;
}

function formatted(query: string, features: LanguageFeatures): string {
  try {
    return `ok ${prettyQuery(parseExpr(query, features))}`;
  } catch (error) {
    return `error ${messageOf(error)}`;
  }
}

async function askTree(url: string, query: string): Promise<unknown> {
  const response = await fetch(`${url}/api/v1/parse_query`, { method: 'POST', body: new URLSearchParams({ query }) });
  return ((await response.json()) as { data?: unknown }).data;
}

/** Where values differ for good, or by chance. */
const NEWER: readonly { readonly reason: string; readonly expr: RegExp; readonly words: RegExp }[] = [
  {
    reason: 'info() looks at info series at the time of @ and offset since 3.15 (#19266)',
    expr: /\binfo\(.*(@|\boffset\b)/,
    words: /^(only|order|times)/,
  },
  {
    reason: 'names to be dropped late stay so in info() since 3.15 (#19413)',
    expr: /\binfo\(rate/,
    words: /^(only|order:) theirs:? \[\[+"__name__"/,
  },
  {
    reason: 'of two series that clash the lesser is named first since 3.15 (#18810)',
    expr: /\bon\b/,
    words: /^error: theirs (found duplicate series for the match group .* on the (?:left|right) hand-side of the operation): .*, ours \1: /,
  },
  {
    reason: 'which of names dropped late and others grouping sees first is chance in 3.5 (#17161, fixed in 3.9)',
    expr: /by \(__name__\) \(.*\bor\b/,
    words: /^(only|order)/,
  },
];

const INSTANT_MS = 1_000_000;
const RANGE = { startMs: 250_000, endMs: 1_300_000, stepMs: 35_000 };

async function compareAnswers(url: string, engine: QueryEngine, expressions: readonly string[]): Promise<string[]> {
  const differences: string[] = [];
  for (const expr of expressions) {
    const { startMs, endMs, stepMs } = RANGE;
    const range = { query: expr, start: String(startMs / 1000), end: String(endMs / 1000), step: String(stepMs / 1000) };
    const instant = await askPeer(url, 'query', { query: expr, time: String(INSTANT_MS / 1000) });
    const series = await askPeer(url, 'query_range', range);
    for (const difference of [
      differenceOf(instant, await answerOf(engine.instantJson({ expr, timeMs: INSTANT_MS })), { tolerance: 1e-9, isOrdered: false }),
      differenceOf(series, await answerOf(engine.rangeJson({ expr, ...RANGE })), { tolerance: 1e-9, isOrdered: true }),
    ])
      if (difference !== undefined && !NEWER.some((one) => one.expr.test(expr) && one.words.test(difference)))
        differences.push(`${expr}\n  ${difference.slice(0, 500)}`);
  }
  return differences;
}

async function answerOf(result: Promise<EncodedResult>): Promise<Answer> {
  try {
    const { dataJson, warnings, infos } = await result;
    return { data: JSON.parse(Buffer.concat(dataJson).toString()), warnings, infos };
  } catch (error) {
    return { error: messageOf(error), warnings: [], infos: [] };
  }
}
