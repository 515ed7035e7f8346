import type { JSX } from 'react';
import type { PromHistogram } from './explore-query.ts';
import styles from './histogram-cell.module.css';

const BAR_PX = 9;
const GAP_PX = 1;
/** Between buckets that do not touch. */
const HOLE_PX = 6;
const HEIGHT_PX = 44;
const LEAST_PX = 1.5;
/** More bars than this are neighbours drawn as one. */
const MOST_BARS = 40;

interface Bucket {
  readonly rule: number;
  readonly left: string;
  readonly right: string;
  readonly count: number;
}

interface Bar extends Bucket {
  readonly x: number;
}

/** A native histogram as bars, one for each bucket that counts anything, with its borders below and its figures beside; figures alone in long tables. */
export function HistogramCell({ histogram, isDrawn }: { histogram: PromHistogram; isDrawn: boolean }): JSX.Element {
  if (!isDrawn) return <span className={styles.text}>{`count ${histogram.count}, sum ${histogram.sum}`}</span>;
  const { bars, width } = placed(joined(bucketsOf(histogram)));
  const highest = Math.max(0, ...bars.map(({ count }) => Math.abs(count)));
  const total = Number(histogram.count);
  const [first, last] = [bars[0], bars.at(-1)];
  return (
    <div className={styles.histogram}>
      {first && last && (
        <div className={styles.picture}>
          <svg width={width} height={HEIGHT_PX} role="img" aria-label={`${bars.length} buckets from ${first.left} to ${last.right}`}>
            {bars.map((bar) => {
              const height = Math.max(LEAST_PX, (Math.abs(bar.count) / highest) * HEIGHT_PX);
              return (
                <rect key={bar.x} className={styles.bar} x={bar.x} y={HEIGHT_PX - height} width={BAR_PX} height={height}>
                  <title>{`${rangeText(bar)}: ${bar.count}${shareText(bar.count, total)}`}</title>
                </rect>
              );
            })}
          </svg>
          <div className={styles.borders}>
            <span>{shortNumber(first.left)}</span>
            <span>{shortNumber(last.right)}</span>
          </div>
        </div>
      )}
      <dl className={styles.figures}>
        <dt>count</dt>
        <dd>{histogram.count}</dd>
        <dt>sum</dt>
        <dd>{histogram.sum}</dd>
        {total > 0 && (
          <>
            <dt>mean</dt>
            <dd>{shortNumber(String(Number(histogram.sum) / total))}</dd>
          </>
        )}
      </dl>
    </div>
  );
}

function bucketsOf({ buckets = [] }: PromHistogram): Bucket[] {
  return buckets.map(([rule, left, right, count]) => ({ rule, left, right, count: Number(count) }));
}

/** Neighbours taken together until there are few enough to see. */
function joined(buckets: readonly Bucket[]): Bucket[] {
  const each = Math.ceil(buckets.length / MOST_BARS);
  const groups = Array.from({ length: Math.ceil(buckets.length / Math.max(1, each)) }, (_, i) => buckets.slice(i * each, (i + 1) * each));
  return groups.flatMap((group) => {
    const [first, last] = [group[0], group.at(-1)];
    if (!first || !last) return [];
    const rule = leftIncluded(first.rule) ? (rightIncluded(last.rule) ? 3 : 1) : rightIncluded(last.rule) ? 0 : 2;
    return [{ rule, left: first.left, right: last.right, count: group.reduce((sum, { count }) => sum + count, 0) }];
  });
}

function placed(buckets: readonly Bucket[]): { bars: Bar[]; width: number } {
  let x = 0;
  const bars = buckets.map((bucket, i) => {
    const before = buckets[i - 1];
    if (before) x += BAR_PX + (before.right === bucket.left ? GAP_PX : HOLE_PX);
    return { ...bucket, x };
  });
  return { bars, width: x + BAR_PX };
}

// The API's rules of borders: 0 left open, 1 right open, 2 both open, 3 both closed.
function leftIncluded(rule: number): boolean {
  return rule === 1 || rule === 3;
}

function rightIncluded(rule: number): boolean {
  return rule === 0 || rule === 3;
}

function rangeText({ rule, left, right }: Bucket): string {
  return `${leftIncluded(rule) ? '[' : '('}${left}, ${right}${rightIncluded(rule) ? ']' : ')'}`;
}

function shareText(count: number, total: number): string {
  return total > 0 && Number.isFinite(total) ? ` (${((100 * count) / total).toFixed(1)} %)` : '';
}

function shortNumber(text: string): string {
  const value = Number(text);
  return Number.isFinite(value) && text.length > 8 ? String(Number(value.toPrecision(4))) : text;
}
