// What is wrong with an objective, beginning with what nobody would notice: alerts that can never fire, thresholds that no bucket has.
import type { EventCount, LatencyIndicator, RatioIndicator, Slo, SloIndicator } from '../schema/slo.ts';
import { errorBudget } from './budget.ts';
import { burnConditions } from './burn-conditions.ts';
import { parseDuration } from './duration.ts';
import type { SloProblem } from './errors.ts';
import { conditionThreshold } from './rules.ts';
import { parseSelector } from './selector.ts';

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const DAY_MS = 86_400_000;

/** All problems of an objective, with the cure of each; none when it is sound. */
export function validateSlo(slo: Slo): SloProblem[] {
  const problems: SloProblem[] = [];
  const add = (path: string, message: string) => void problems.push({ path, message });
  for (const field of ['name', 'service'] as const) {
    if (!NAME.test(slo[field])) add(field, `"${slo[field]}" is no name; use letters, digits, hyphens, dots and underscores, 63 at most`);
  }
  checkTarget(slo.target, add);
  const windowMs = parseDuration(slo.window);
  if (windowMs === undefined) add('window', `"${slo.window}" is no duration; write 30d, 28d, 7d …`);
  else if (windowMs < DAY_MS) add('window', `${slo.window} is too short to alert on; write 1d or more`);
  checkIndicator(slo.indicator, add);
  if (slo.minEvents !== undefined && slo.minEvents !== 0) checkMinEvents(slo, add);
  for (const name of Object.keys(slo.labels ?? {})) if (!LABEL_NAME.test(name)) add(`labels.${name}`, `"${name}" is no name of a label`);
  if (problems.length === 0) checkAlerts(slo, add);
  return problems;
}

type Add = (path: string, message: string) => void;

function checkTarget(target: number, add: Add): void {
  if (target === 1) add('target', 'a target of 1 leaves no error budget: every failure would miss it for ever; write 0.9999 or less');
  else if (target > 1 && target <= 100) add('target', `${target} looks like percent; write ${Number((target / 100).toPrecision(12))}`);
  else if (target < 1 && errorBudget(target) === 0)
    add('target', `${target} leaves no error budget that could be counted; write 0.9999999 or less`);
  else if (!(target > 0 && target < 1)) add('target', `${target} is no share of good events; write more than 0 and less than 1, as 0.999`);
}

function checkIndicator(indicator: SloIndicator, add: Add): void {
  if (indicator.type === 'ratio') checkRatio(indicator, 'indicator', add);
  else if (indicator.type === 'latency') checkLatency(indicator, 'indicator', add);
  else if (indicator.type === 'error-ratio') checkQuery(indicator.query, 'indicator.query', add);
  else {
    const sliceMs = parseDuration(indicator.slice);
    if (sliceMs === undefined) add('indicator.slice', `"${indicator.slice}" is no duration; write 1m or 5m`);
    if ('query' in indicator) {
      if (indicator.query.trim() === '') add('indicator.query', 'the query is empty');
      if (!Number.isFinite(indicator.value)) add('indicator.value', `${indicator.value} is nothing to compare with; write a number`);
      return;
    }
    if (!(indicator.sliceTarget > 0 && indicator.sliceTarget <= 1))
      add('indicator.sliceTarget', `${indicator.sliceTarget} is no share of good events of a slice; write 0.95 or the like`);
    if (indicator.of.type === 'ratio') checkRatio(indicator.of, 'indicator.of', add);
    else checkLatency(indicator.of, 'indicator.of', add);
  }
}

function checkRatio(indicator: RatioIndicator, path: string, add: Add): void {
  checkEvents(indicator.total, `${path}.total`, add);
  if ('bad' in indicator) checkEvents(indicator.bad, `${path}.bad`, add);
  else checkEvents(indicator.good, `${path}.good`, add);
}

function checkEvents(events: EventCount, path: string, add: Add): void {
  if ('query' in events) checkQuery(events.query, `${path}.query`, add);
  else if (!isSelector(events.counter))
    add(`${path}.counter`, `"${events.counter}" is no selector of counters; write http_requests_total{job="api"}, or a query with $window`);
}

/** Also of names in quotes, `{"my.counter"}`: whatever has no function and no range. */
function isSelector(text: string): boolean {
  return parseSelector(text) !== undefined || /^\s*\{[^()[\]]*\}\s*$/.test(text);
}

function checkQuery(query: string, path: string, add: Add): void {
  if (!query.includes('$window')) add(path, `the query has no $window; write it where the range stands: rate(x[$window])`);
}

function checkLatency({ histogram, threshold, buckets, kind }: LatencyIndicator, path: string, add: Add): void {
  const selector = parseSelector(histogram);
  if (!selector) add(`${path}.histogram`, `"${histogram}" is no selector of a histogram; write http_request_duration_seconds{job="api"}`);
  else if (/_(bucket|count|sum)$/.test(selector.name))
    add(`${path}.histogram`, `"${selector.name}" is one series of a histogram; write ${selector.name.replace(/_(bucket|count|sum)$/, '')}`);
  if (!Number.isFinite(threshold)) add(`${path}.threshold`, `${threshold} is no threshold; write a number in the unit of the histogram`);
  else if (kind === 'classic' && buckets && !buckets.includes(threshold))
    add(`${path}.threshold`, `${threshold} is not the bound of a bucket, so it cannot be counted; take one of ${buckets.join(', ')}`);
}

function checkMinEvents({ minEvents, indicator }: Slo, add: Add): void {
  if (!(Number.isSafeInteger(minEvents) && (minEvents ?? 0) >= 0)) add('minEvents', `${minEvents} is no number of events; write 100`);
  else if (indicator.type === 'error-ratio')
    add('minEvents', 'an error ratio has no number of events; leave minEvents out, or write the indicator as a ratio of events');
  else if (indicator.type === 'time-slice' && 'query' in indicator)
    add(
      'minEvents',
      'slices of a query have no number of events; leave minEvents out, or let the query answer nothing when there is too little',
    );
}

function checkAlerts(slo: Slo, add: Add): void {
  const budget = errorBudget(slo.target);
  const sliceMs = slo.indicator.type === 'time-slice' ? (parseDuration(slo.indicator.slice) ?? 0) : 0;
  for (const condition of burnConditions(slo.window)) {
    if (slo.alerts?.omit?.includes(condition.name)) continue;
    const { name, factor, longWindow, shortWindow } = condition;
    const threshold = conditionThreshold(slo, factor);
    if (threshold >= 1) {
      const least = Math.ceil((1 - 1 / factor) * 10_000) / 10_000;
      add(
        'target',
        `the alert ${name} can never fire: it wants ${factor} × the budget of ${budget} = ${threshold} of all events to fail, more than there are; ` +
          `raise the target above ${least}, or leave this alert out (alerts.omit: ["${name}"])`,
      );
    }
    if (sliceMs > (parseDuration(shortWindow) ?? 0)) {
      add(
        'indicator.slice',
        `the alert ${name} looks at ${shortWindow} and ${longWindow}, but a slice takes ${formatMs(slo)}: it could never be sure; ` +
          `write a slice of ${shortWindow} or less, or leave this alert out (alerts.omit: ["${name}"])`,
      );
    }
  }
}

function formatMs({ indicator }: Slo): string {
  return indicator.type === 'time-slice' ? indicator.slice : '';
}
