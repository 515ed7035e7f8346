// Templates of rule files, as Prometheus 3 expands them: `.Labels`, `.Value`, … and the variables that stand for them.
import { isAppError } from '../model/app-error.ts';
import { parseDurationMs } from '../model/duration.ts';
import { compareText } from '../model/labels.ts';
import { BUILTINS } from './builtins.ts';
import { goDuration } from './duration.ts';
import { templateError } from './errors.ts';
import { escapeQuery } from './escape.ts';
import { executeTemplate, Suspended } from './exec.ts';
import { stripDomain, stripPort } from './host.ts';
import { humanize, humanize1024, humanizeDuration, humanizePercentage, humanizeTimestamp, toFloat, toTime } from './humanize.ts';
import type { Tree } from './node.ts';
import { parseTemplate } from './parse.ts';
import { TEXT_FUNCTIONS } from './text-functions.ts';
import { ANY, type GoFunction, type GoList, type GoStruct, type GoValue, stringMap, struct } from './value.ts';

type StringMap = Readonly<Record<string, string>>;

/** One element of an instant vector, for `query`. */
export interface TemplateSample {
  readonly labels: StringMap;
  readonly value: number;
}

/** What an alert's labels and annotations are expanded with. */
export interface RuleTemplateContext {
  /** `__alert_` and the name of the rule: error texts name it. */
  readonly name: string;
  readonly labels: StringMap;
  readonly externalLabels: StringMap;
  readonly externalUrl: string;
  readonly value: number;
  /** Time of the evaluation. */
  readonly timeMs: number;
  /** Runs a PromQL expression at the time of the evaluation; a scalar is one sample without labels. */
  query(expr: string): Promise<readonly TemplateSample[]>;
}

const PRELUDE = '{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}';
const MAX_QUERIES = 100;
const VECTOR = 'template.queryResult';
const DATA = 'struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }';
const SAMPLE = '*template.sample';

/** A template of a rule, parsed once. */
export interface RuleTemplate {
  /** Throws AppError `template.parse`, `template.exec` or `template.too_large`, worded as upstream. */
  expand(context: RuleTemplateContext): Promise<string>;
}

/** Prepares a template; one that cannot be parsed says so whenever it is expanded. `name` is that of the contexts. */
export function compileRuleTemplate(name: string, text: string): RuleTemplate {
  if (!text.includes('{{')) return { expand: async () => text };
  let trees: Map<string, Tree> | undefined;
  return {
    async expand(context) {
      trees ??= placed('parsing', name, () => parseRuleTemplate(name, text));
      return expandTrees(trees, context);
    },
  };
}

/** Parses and expands `text`. Throws AppError `template.parse`, `template.exec` or `template.too_large`, worded as upstream. */
export function expandRuleTemplate(text: string, context: RuleTemplateContext): Promise<string> {
  return compileRuleTemplate(context.name, text).expand(context);
}

async function expandTrees(trees: ReadonlyMap<string, Tree>, context: RuleTemplateContext): Promise<string> {
  const answers = new Map<string, readonly TemplateSample[] | Error>();
  // Evaluation is synchronous: a query that has no answer yet stops it, is asked, and the template starts again.
  for (let queries = 0; queries <= MAX_QUERIES; queries++) {
    try {
      return expandOnce(trees, context, answers);
    } catch (error) {
      if (!(error instanceof Suspended)) throw error;
      answers.set(error.message, await answerOf(context, error.message));
    }
  }
  throw templateError('template.too_large', `template ${context.name}: more than ${MAX_QUERIES} different queries`);
}

async function answerOf(context: RuleTemplateContext, expr: string): Promise<readonly TemplateSample[] | Error> {
  try {
    return await context.query(expr);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}

function expandOnce(
  trees: ReadonlyMap<string, Tree>,
  context: RuleTemplateContext,
  answers: ReadonlyMap<string, readonly TemplateSample[] | Error>,
): string {
  const functions = { ...RULE_FUNCTIONS, ...contextFunctions(context, answers) };
  const data = struct(DATA, {
    Labels: stringMap(context.labels),
    ExternalLabels: stringMap(context.externalLabels),
    ExternalURL: context.externalUrl,
    Value: context.value,
  });
  return placed('executing', context.name, () => executeTemplate({ trees, functions, missingKey: 'zero' }, context.name, data));
}

/** Parses a template of a rule file, its variables defined in front. Throws AppError `template.parse`. */
export function parseRuleTemplate(name: string, text: string): Map<string, Tree> {
  return parseTemplate(name, PRELUDE + text, isRuleFunction);
}

/** Upstream puts the name before what Go's package says. */
function placed<T>(what: 'parsing' | 'executing', name: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!isAppError(error)) throw error;
    throw templateError(error.code as 'template.parse', `error ${what} template ${name}: ${error.message}`, {
      cause: error,
      details: error.details,
    });
  }
}

const humanized = (call: (value: GoValue) => GoValue): GoFunction => ({ params: [ANY], call });
const onText = (call: (text: string) => GoValue): GoFunction => ({ params: ['string'], call: (text) => call(text as string) });

const RULE_FUNCTIONS: Readonly<Record<string, GoFunction>> = {
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
const CONTEXT_FUNCTIONS = ['query', 'now', 'externalURL', 'pathPrefix'];

function isRuleFunction(name: string): boolean {
  return Object.hasOwn(RULE_FUNCTIONS, name) || CONTEXT_FUNCTIONS.includes(name) || Object.hasOwn(BUILTINS, name);
}

function contextFunctions(
  context: RuleTemplateContext,
  answers: ReadonlyMap<string, readonly TemplateSample[] | Error>,
): Record<string, GoFunction> {
  return {
    now: { params: [], call: () => context.timeMs / 1000 },
    externalURL: { params: [], call: () => context.externalUrl },
    pathPrefix: { params: [], call: () => pathOf(context.externalUrl) },
    query: onText((expr) => {
      const answer = answers.get(expr);
      if (answer === undefined) throw new Suspended(expr);
      if (answer instanceof Error) throw answer;
      return { kind: 'list', type: VECTOR, items: answer.map(toSample) };
    }),
  };
}

function pathOf(url: string): string {
  return url === '' ? '' : new URL(url).pathname.replace(/\/$/, '');
}

function toSample({ labels, value }: TemplateSample): GoStruct {
  return struct(SAMPLE, { Labels: stringMap(labels), Value: value });
}

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
