// Selectors and the stages of a pipeline as text.
import type { Matcher } from '../../model/matcher.ts';
import type { Extraction, LabelFilter, LineFilterStage, PickStage, Stage, Unwrap } from './ast.ts';
import { formatBytes, formatDuration, formatNumber } from './format-quantity.ts';

/** Behind `|` these begin a stage; as names of labels they need brackets around the condition. */
const STAGE_WORDS = new Set([
  'json',
  'logfmt',
  'pattern',
  'regexp',
  'unpack',
  'decolorize',
  'drop',
  'keep',
  'line_format',
  'label_format',
  'unwrap',
]);

const quote = (text: string): string => JSON.stringify(text);

/** `{app="x", level=~"warn|error"}`. */
export function formatMatchers(matchers: readonly Matcher[]): string {
  return `{${matchers.map(formatMatcher).join(', ')}}`;
}

function formatMatcher({ type, name, value }: Matcher): string {
  return `${name}${type}${quote(value)}`;
}

/** The stages of a pipeline, each with its `|`. */
export function formatStages(stages: readonly Stage[]): string[] {
  const ordered: Stage[] = [];
  for (const stage of stages) {
    let at = ordered.length;
    // Behind `drop a`, `!= "x"` would be read as a condition on that label; the filter says the same before it.
    if (stage.kind === 'line_filter' && (stage.op === '!=' || stage.op === '!~')) while (endsBare(ordered[at - 1])) at--;
    ordered.splice(at, 0, stage);
  }
  return ordered.map(formatStage);
}

function endsBare(stage: Stage | undefined): boolean {
  return (stage?.kind === 'drop' || stage?.kind === 'keep') && stage.labels.at(-1)?.matcher === undefined;
}

/** One stage, with its `|`. */
function formatStage(stage: Stage): string {
  switch (stage.kind) {
    case 'line_filter':
      return formatLineFilter(stage);
    case 'json':
      return words('| json', formatExtractions(stage.extractions));
    case 'logfmt':
      return words('| logfmt', stage.strict && '--strict', stage.keepEmpty && '--keep-empty', formatExtractions(stage.extractions));
    case 'pattern':
    case 'regexp':
      return `| ${stage.kind} ${quote(stage.pattern)}`;
    case 'unpack':
    case 'decolorize':
      return `| ${stage.kind}`;
    case 'drop':
    case 'keep':
      return `| ${stage.kind} ${formatPicks(stage.labels)}`;
    case 'label_filter':
      return formatFilterStage(stage.filter);
    case 'line_format':
      return `| line_format ${quote(stage.template)}`;
    case 'label_format':
      return `| label_format ${stage.assignments.map(({ label, from, template }) => `${label}=${from ?? quote(template ?? '')}`).join(', ')}`;
  }
}

/** `| unwrap duration(latency) | __error__=""`. */
export function formatUnwrap({ label, conversion, filters }: Unwrap): string {
  const value = conversion === '' ? label : `${conversion}(${label})`;
  return [`| unwrap ${value}`, ...filters.map(formatFilterStage)].join(' ');
}

function words(...parts: readonly (string | false)[]): string {
  return parts.filter((part) => part !== false && part !== '').join(' ');
}

function formatLineFilter({ op, values }: LineFilterStage): string {
  return `${op} ${values.map(({ text, isIp }) => (isIp ? `ip(${quote(text)})` : quote(text))).join(' or ')}`;
}

function formatExtractions(extractions: readonly Extraction[]): string {
  return extractions.map(({ label, expression }) => (label === expression ? label : `${label}=${quote(expression)}`)).join(', ');
}

function formatPicks(labels: PickStage['labels']): string {
  return labels.map(({ name, matcher }) => (matcher ? formatMatcher(matcher) : name)).join(', ');
}

function formatFilterStage(filter: LabelFilter): string {
  const text = formatFilter(filter);
  return STAGE_WORDS.has(firstName(filter)) ? `| (${text})` : `| ${text}`;
}

function firstName(filter: LabelFilter): string {
  if ('left' in filter) return firstName(filter.left);
  return filter.kind === 'string' ? filter.matcher.name : filter.name;
}

function formatFilter(filter: LabelFilter): string {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      // `and` binds first, and both to the left.
      const left = filter.kind === 'and' && filter.left.kind === 'or' ? `(${formatFilter(filter.left)})` : formatFilter(filter.left);
      const right = 'left' in filter.right ? `(${formatFilter(filter.right)})` : formatFilter(filter.right);
      return `${left} ${filter.kind} ${right}`;
    }
    case 'string':
      return formatMatcher(filter.matcher);
    case 'ip':
      return `${filter.name}${filter.op}ip(${quote(filter.pattern)})`;
    case 'number':
      return `${filter.name}${filter.op}${formatNumber(filter.value)}`;
    case 'duration':
      return `${filter.name}${filter.op}${formatDuration(BigInt(filter.value))}`;
    case 'bytes':
      return `${filter.name}${filter.op}${formatBytes(filter.value)}`;
  }
}
