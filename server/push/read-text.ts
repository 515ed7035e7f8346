import type { ExpositionType } from '../formats/exposition/metric-type.ts';
import { ExpositionParser } from '../formats/exposition/parse.ts';
import type { Steps } from '../formats/otlp/in-turns.ts';
import { isAppError, messageOf } from '../model/app-error.ts';
import { parseFloatText } from '../model/go-number.ts';
import { pushError } from './errors.ts';
import { type Distribution, labelsKey, type PushedFamily, type PushedLabels, sortLabels } from './pushed-family.ts';

const NEWLINE = 10;
const LINES_BETWEEN_PAUSES = 1_000;
const SUFFIX = /_(bucket|count|sum)$/;

/** A family while its lines are read. */
interface OpenFamily {
  readonly name: string;
  type: ExpositionType;
  isTyped: boolean;
  help: string;
  readonly metrics: { labels: PushedLabels; value: number; distribution?: OpenDistribution | undefined }[];
  /** Of summaries and histograms, by their labels. */
  open?: Map<string, OpenDistribution>;
}

type OpenDistribution = { -readonly [Key in keyof Distribution]: Distribution[Key] } & { parts: [number, number][] };

/** The families of a body in the text format 0.0.4. Throws AppError `push.bad_body` or, for samples with a time, `push.inconsistent`. */
export function* readTextFamilies(body: Uint8Array): Steps<PushedFamily[]> {
  if (body.length > 0 && body[body.length - 1] !== NEWLINE) throw badText('the last line does not end with a line feed');
  const families = new Map<string, OpenFamily>();
  const parser = new ExpositionParser(body);
  try {
    let lines = 0;
    for (let entry = parser.next(); entry !== 'end'; entry = parser.next()) {
      if (++lines % LINES_BETWEEN_PAUSES === 0) yield;
      if (entry === 'series') readSeries(parser, families);
      else if (entry === 'help') familyOf(families, parser.familyName()).help = parser.helpText();
      else if (entry === 'type') setType(familyOf(families, parser.familyName()), parser.type);
    }
  } catch (error) {
    throw isAppError(error, 'push.inconsistent') ? error : badText(messageOf(error), error);
  }
  return [...families.values()].filter(({ metrics }) => metrics.length > 0);
}

function badText(problem: string, cause?: unknown): Error {
  return pushError('push.bad_body', `text format parsing error: ${problem}`, cause);
}

function familyOf(families: Map<string, OpenFamily>, name: string): OpenFamily {
  let family = families.get(name);
  if (!family) {
    family = { name, type: 'unknown', isTyped: false, help: '', metrics: [] };
    families.set(name, family);
  }
  return family;
}

function setType(family: OpenFamily, type: ExpositionType): void {
  if (family.isTyped || family.metrics.length > 0)
    throw new Error(`second TYPE line for metric name ${JSON.stringify(family.name)}, or TYPE reported after samples`);
  family.type = type;
  family.isTyped = true;
}

function readSeries(parser: ExpositionParser, families: Map<string, OpenFamily>): void {
  if (parser.hasTimestamp) throw pushError('push.inconsistent', 'pushed metrics must not have timestamps');
  const labels = new Map(parser.labels());
  const name = labels.get('__name__') ?? '';
  labels.delete('__name__');
  const { value } = parser;
  const [, part = ''] = SUFFIX.exec(name) ?? [];
  const whole = families.get(part === '' ? name : name.slice(0, -part.length - 1));
  if (families.has(name) || !whole || !isDistribution(whole.type) || (part === 'bucket' && whole.type === 'summary')) {
    const family = familyOf(families, name);
    if (family.type === 'summary') {
      addPart(family, labels, 'quantile', value);
      return;
    }
    if (family.type === 'histogram') throw new Error(`a sample ${JSON.stringify(name)} of the histogram ${JSON.stringify(name)}`);
    family.metrics.push({ labels: sortLabels(labels), value });
    return;
  }
  if (part === 'bucket') addPart(whole, labels, 'le', value);
  else if (part === 'sum') distributionOf(whole, labels).sum = value;
  else distributionOf(whole, labels).count = value;
}

function isDistribution(type: ExpositionType): boolean {
  return type === 'summary' || type === 'histogram';
}

function addPart(family: OpenFamily, labels: Map<string, string>, label: 'le' | 'quantile', value: number): void {
  const text = labels.get(label);
  const bound = parseFloatText(text ?? '');
  if (bound === undefined) throw new Error(`expected float as value for '${label}' label, got ${JSON.stringify(text ?? '')}`);
  labels.delete(label);
  distributionOf(family, labels).parts.push([bound, value]);
}

function distributionOf(family: OpenFamily, labels: Map<string, string>): OpenDistribution {
  const sorted = sortLabels(labels);
  const key = labelsKey(sorted);
  family.open ??= new Map();
  let distribution = family.open.get(key);
  if (!distribution) {
    distribution = { count: 0, sum: 0, parts: [] };
    family.open.set(key, distribution);
    family.metrics.push({ labels: sorted, value: 0, distribution });
  }
  return distribution;
}
