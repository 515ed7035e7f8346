// The functions of rule templates that depend on nothing but their arguments; the others are made by RuleScope.
import { parseDurationMs } from '../model/duration.ts';
import { compareText } from '../model/labels.ts';
import { goDuration } from './duration.ts';
import { templateError } from './errors.ts';
import { escapeQuery } from './escape.ts';
import { stripDomain, stripPort } from './host.ts';
import { humanize, humanize1024, humanizeDuration, humanizePercentage, humanizeTimestamp, toFloat, toTime } from './humanize.ts';
import { TEXT_FUNCTIONS } from './text-functions.ts';
import { ANY, type GoFunction, type GoList, type GoStruct, type GoValue } from './value.ts';

/** What `query` gives, and one element of it. */
export const VECTOR = 'template.queryResult';
export const SAMPLE = '*template.sample';

const humanized = (call: (value: GoValue) => GoValue): GoFunction => ({ params: [ANY], call });
const onText = (call: (text: string) => GoValue): GoFunction => ({ params: ['string'], call: (text) => call(text as string) });

/** By name, Go's own not among them. */
export const RULE_FUNCTIONS: Readonly<Record<string, GoFunction>> = {
  ...TEXT_FUNCTIONS,
  humanize: humanized(humanize),
  humanize1024: humanized(humanize1024),
  humanizeDuration: humanized(humanizeDuration),
  humanizePercentage: humanized(humanizePercentage),
  humanizeTimestamp: humanized(humanizeTimestamp),
  toTime: humanized(toTime),
  toDuration: humanized((value) => goDuration(BigInt(Math.trunc(toFloat(value) * 1e9)))),
  parseDuration: onText((text) => parseDurationMs(text) / 1000),
  urlQueryEscape: onText(escapeQuery),
  stripPort: onText(stripPort),
  stripDomain: onText(stripDomain),
  graphLink: onText((expr) => `/graph?g0.expr=${escapeQuery(expr)}&g0.tab=0`),
  tableLink: onText((expr) => `/graph?g0.expr=${escapeQuery(expr)}&g0.tab=1`),
  first: { params: [VECTOR], call: (vector) => itemsOf(vector)[0] ?? refuse('first() called on vector with no elements') },
  value: { params: [SAMPLE], call: (sample) => (sample as GoStruct).fields.get('Value') },
  label: { params: ['string', SAMPLE], call: (name, sample) => labelOf(sample, name as string) },
  strvalue: { params: [SAMPLE], call: (sample) => labelOf(sample, '__value__') },
  sortByLabel: { params: ['string', VECTOR], call: (name, vector) => sortByLabel(name as string, vector as GoList) },
  args: {
    params: [],
    variadic: ANY,
    call: (...values) => ({
      kind: 'map',
      type: 'map[string]interface {}',
      entries: new Map(values.map((value, i) => [`arg${i}`, value])),
      zero: undefined,
    }),
  },
};

function itemsOf(vector: GoValue): readonly GoValue[] {
  return (vector as GoList).items;
}

function labelOf(sample: GoValue, name: string): string {
  const labels = (sample as GoStruct).fields.get('Labels');
  return typeof labels === 'object' && labels.kind === 'map' ? ((labels.entries.get(name) as string | undefined) ?? '') : '';
}

function sortByLabel(name: string, vector: GoList): GoList {
  return { ...vector, items: [...vector.items].sort((a, b) => compareText(labelOf(a, name), labelOf(b, name))) };
}

function refuse(message: string): never {
  throw templateError('template.function', message);
}
