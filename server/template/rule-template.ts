// Templates of rule files, as Prometheus 3 expands them: `.Labels`, `.Value`, … and the variables that stand for them.
import { isAppError } from '../model/app-error.ts';
import { BUILTINS } from './builtins.ts';
import { templateError } from './errors.ts';
import { executeTemplate, Suspended } from './exec.ts';
import type { Tree } from './node.ts';
import { parseTemplate } from './parse.ts';
import { RULE_FUNCTIONS, SAMPLE, VECTOR } from './rule-functions.ts';
import { type GoFunction, type GoList, type GoStruct, stringMap, struct } from './value.ts';

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
const DATA = 'struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }';

/** A template of a rule, parsed when it is first expanded: one that cannot be parsed says so each time. */
export interface RuleTemplate {
  readonly text: string;
  trees(): ReadonlyMap<string, Tree>;
}

/** Prepares a template; `name` is that of the contexts that it will be expanded in. */
export function compileRuleTemplate(name: string, text: string): RuleTemplate {
  let trees: ReadonlyMap<string, Tree> | undefined;
  return {
    text,
    trees: () => {
      trees ??= placed('parsing', name, () => parseRuleTemplate(name, text));
      return trees;
    },
  };
}

/** Parses and expands `text`. Throws AppError `template.parse`, `template.exec` or `template.too_large`, worded as upstream. */
export function expandRuleTemplate(text: string, context: RuleTemplateContext): Promise<string> {
  return new RuleScope(context).expand(compileRuleTemplate(context.name, text));
}

/** Expands the templates of one alert; what they query is asked once. */
export class RuleScope {
  readonly #context: RuleTemplateContext;
  readonly #answers = new Map<string, readonly TemplateSample[] | Error>();
  #data: GoStruct | undefined;

  constructor(context: RuleTemplateContext) {
    this.#context = context;
  }

  /** Throws AppError `template.parse`, `template.exec` or `template.too_large`, worded as upstream. */
  async expand(template: RuleTemplate): Promise<string> {
    if (!template.text.includes('{{')) return template.text;
    const trees = template.trees();
    // Evaluation is synchronous: a query that has no answer yet stops it, is asked, and the template starts again.
    while (this.#answers.size <= MAX_QUERIES) {
      try {
        return this.#expandOnce(trees);
      } catch (error) {
        if (!(error instanceof Suspended)) throw error;
        this.#answers.set(error.message, await answerOf(this.#context, error.message));
      }
    }
    throw templateError('template.too_large', `template ${this.#context.name}: more than ${MAX_QUERIES} different queries`);
  }

  #expandOnce(trees: ReadonlyMap<string, Tree>): string {
    const { name, labels, externalLabels, externalUrl, value } = this.#context;
    this.#data ??= struct(DATA, {
      Labels: stringMap(labels),
      ExternalLabels: stringMap(externalLabels),
      ExternalURL: externalUrl,
      Value: value,
    });
    const data = this.#data;
    const functionOf = (word: string) => this.#functionOf(word);
    return placed('executing', name, () => executeTemplate({ trees, functionOf, missingKey: 'zero' }, name, data));
  }

  #functionOf(word: string): GoFunction | undefined {
    const { externalUrl, timeMs } = this.#context;
    switch (word) {
      case 'now':
        return { params: [], call: () => timeMs / 1000 };
      case 'externalURL':
        return { params: [], call: () => externalUrl };
      case 'pathPrefix':
        return { params: [], call: () => pathOf(externalUrl) };
      case 'query':
        return { params: ['string'], call: (expr) => this.#query(expr as string) };
      default:
        return Object.hasOwn(RULE_FUNCTIONS, word) ? RULE_FUNCTIONS[word] : undefined;
    }
  }

  #query(expr: string): GoList {
    const answer = this.#answers.get(expr);
    if (answer === undefined) throw new Suspended(expr);
    if (answer instanceof Error) throw answer;
    return { kind: 'list', type: VECTOR, items: answer.map(toSample) };
  }
}

async function answerOf(context: RuleTemplateContext, expr: string): Promise<readonly TemplateSample[] | Error> {
  try {
    return await context.query(expr);
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
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

const CONTEXT_FUNCTIONS = ['query', 'now', 'externalURL', 'pathPrefix'];

function isRuleFunction(name: string): boolean {
  return Object.hasOwn(RULE_FUNCTIONS, name) || CONTEXT_FUNCTIONS.includes(name) || Object.hasOwn(BUILTINS, name);
}

function pathOf(url: string): string {
  return url === '' ? '' : new URL(url).pathname.replace(/\/$/, '');
}

function toSample({ labels, value }: TemplateSample): GoStruct {
  return struct(SAMPLE, { Labels: stringMap(labels), Value: value });
}
