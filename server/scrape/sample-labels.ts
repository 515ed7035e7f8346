// From the labels that a target exposes to the labels that are stored: done once for each series.
import type { ScrapeConfig } from '../config/scrape-config.ts';
import type { RawLabel } from '../formats/exposition/metric-parser.ts';
import { Labels } from '../model/labels.ts';
import { relabel } from '../relabel/relabel.ts';
import { scrapeError } from './errors.ts';

const EXPORTED_PREFIX = 'exported_';
const LEGACY_METRIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LEGACY_LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** The part of a job's configuration that shapes labels. */
export type LabelSettings = Pick<
  ScrapeConfig,
  'honorLabels' | 'metricRelabel' | 'labelLimit' | 'labelNameLengthLimit' | 'labelValueLengthLimit' | 'nameValidationScheme'
>;

/**
 * The stored labels of a series that `target` exposes as `raw`; undefined when relabelling drops it. Throws AppError
 * `scrape.label_limit` or `scrape.bad_series`, either of which fails the whole scrape, as upstream.
 */
export function sampleLabels(raw: readonly RawLabel[], target: Labels, settings: LabelSettings): Labels | undefined {
  const labels = relabel(mergeTargetLabels(raw, target, settings.honorLabels), settings.metricRelabel);
  if (labels === undefined || labels.size === 0) return undefined;
  if (labels.metricName === '') throw scrapeError('scrape.bad_series', `missing metric name (__name__ label) in ${labels.toString()}`);
  if (settings.nameValidationScheme === 'legacy') checkLegacyNames(labels);
  checkLimits(labels, settings);
  return labels;
}

function mergeTargetLabels(raw: readonly RawLabel[], target: Labels, honorLabels: boolean): Labels {
  const merged = new Map(raw);
  if (honorLabels) {
    // A label exposed as empty also counts as exposed: that is how a target removes a target label.
    for (const [name, value] of target) if (!merged.has(name)) merged.set(name, value);
    return Labels.fromEntries(merged);
  }
  const conflicts: RawLabel[] = [];
  for (const [name, value] of target) {
    const exposed = merged.get(name);
    if (exposed) conflicts.push([name, exposed]);
    merged.set(name, value);
  }
  // Shorter names first, as upstream, so that the outcome does not depend on the order of the labels.
  for (const [name, value] of conflicts.sort(([a], [b]) => a.length - b.length)) {
    let free = EXPORTED_PREFIX + name;
    while (merged.get(free)) free = EXPORTED_PREFIX + free;
    merged.set(free, value);
  }
  return Labels.fromEntries(merged);
}

function checkLegacyNames(labels: Labels): void {
  const isGood = LEGACY_METRIC_NAME.test(labels.metricName) && [...labels].every(([name]) => LEGACY_LABEL_NAME.test(name));
  if (isGood) return;
  const pairs = [...labels].map(
    ([name, value]) => `${LEGACY_LABEL_NAME.test(name) ? name : JSON.stringify(name)}=${JSON.stringify(value)}`,
  );
  throw scrapeError('scrape.bad_series', `invalid metric name or label names: {${pairs.join(', ')}}`);
}

function checkLimits(labels: Labels, settings: LabelSettings): void {
  const { labelLimit, labelNameLengthLimit: nameLimit, labelValueLengthLimit: valueLimit } = settings;
  const metric = cut(labels.metricName);
  const fail = (text: string) => {
    throw scrapeError('scrape.label_limit', text);
  };
  if (labelLimit > 0 && labels.size > labelLimit) {
    fail(`label_limit exceeded (metric: ${metric}, number of labels: ${labels.size}, limit: ${labelLimit})`);
  }
  if (nameLimit === 0 && valueLimit === 0) return;
  for (const [name, value] of labels) {
    const nameBytes = Buffer.byteLength(name);
    if (nameLimit > 0 && nameBytes > nameLimit) {
      fail(`label_name_length_limit exceeded (metric: ${metric}, label name: ${cut(name)}, length: ${nameBytes}, limit: ${nameLimit})`);
    }
    const valueBytes = Buffer.byteLength(value);
    if (valueLimit > 0 && valueBytes > valueLimit) {
      fail(
        `label_value_length_limit exceeded (metric: ${metric}, label name: ${cut(name)}, value: ${JSON.stringify(cut(value))}, length: ${valueBytes}, limit: ${valueLimit})`,
      );
    }
  }
}

function cut(text: string): string {
  return text.slice(0, 50);
}
