import { type JSX, useMemo, useState } from 'react';
import { useLocation } from 'wouter';
import { type AxisOptions, type ChartSeries, PLAIN_STYLE, type SeriesStyle } from '../../charts/chart-series.ts';
import { chartExemplars } from '../../charts/exemplars.ts';
import { calcHeads, Legend, legendEntries, useHiddenSeries } from '../../charts/legend.tsx';
import { TimeChart } from '../../charts/time-chart.tsx';
import type { Exemplar } from '../../data/exemplars.ts';
import { type AlignedFrames, alignFrames } from '../../data/frames.ts';
import { traceLink } from '../../data/links.ts';
import type { LabelMap } from '../../data/prometheus.ts';
import type { AbsoluteRange, TimeRange } from '../../data/time-range.ts';
import { seriesColor } from '../../format/color.ts';
import { reduceValues } from '../../format/reducers.ts';
import { formatUnit } from '../../format/units.ts';
import { Button } from '../../kit/button.tsx';
import { Labels } from '../../kit/labels.tsx';
import { ExemplarList } from './exemplar-list.tsx';
import { type RangeAnswer, timesOf } from './explore-query.ts';
import styles from './result.module.css';
import { commonLabels, seriesName } from './series-name.ts';

/** One query's answer with the letter and the text of its row. */
export interface LetteredAnswer<A> {
  readonly letter: string;
  readonly expr: string;
  readonly answer: A;
}

const CALCS = ['lastNotNull', 'min', 'max', 'mean'] as const;
/** More lines than this are a texture, not a chart; they can still be asked for. */
const MOST_DRAWN = 60;
const NO_EXEMPLARS: readonly Exemplar[] = [];
const AXIS: AxisOptions = {
  unit: 'short',
  decimals: undefined,
  min: undefined,
  max: undefined,
  softMin: undefined,
  softMax: undefined,
  logBase: 0,
  label: '',
};

/** All answers in one chart with a legend that compares. */
export function ResultGraph({
  answers,
  range,
  timeRange,
  exemplars = NO_EXEMPLARS,
  isStacked,
  onZoom,
}: {
  answers: readonly LetteredAnswer<RangeAnswer>[];
  range: AbsoluteRange;
  /** As written, for links. */
  timeRange?: TimeRange;
  exemplars?: readonly Exemplar[];
  isStacked: boolean;
  onZoom: (range: AbsoluteRange) => void;
}): JSX.Element {
  const [, navigate] = useLocation();
  const drawn = useMemo(() => chartExemplars(exemplars, 'short'), [exemplars]);
  const [isAll, setAll] = useState(false);
  const aligned = useMemo(() => align(answers), [answers]);
  const all = useMemo(() => chartSeries(aligned, isStacked), [aligned, isStacked]);
  const series = useMemo(() => (isAll ? all : largest(all, MOST_DRAWN)), [all, isAll]);
  const common = useMemo(() => commonByQuery(aligned), [aligned]);
  const keys = useMemo(() => series.map(({ key }) => key), [series]);
  const [hidden, toggle] = useHiddenSeries(keys);
  const [emphasis, setEmphasis] = useState<string>();
  // By the third calc, the maximum: what matters stands on top, and rows seldom change places.
  const entries = useMemo(() => legendEntries(series, CALCS).sort((a, b) => (b.cells[2]?.sort ?? 0) - (a.cells[2]?.sort ?? 0)), [series]);
  return (
    <div className={styles.graph}>
      <div className={styles.chart}>
        <TimeChart
          label={`Graph of ${answers.map(({ expr }) => expr).join(' and ')}: ${series.length} series`}
          times={aligned.times}
          series={series}
          range={range}
          left={AXIS}
          hidden={hidden}
          emphasis={emphasis}
          exemplars={drawn}
          onExemplar={({ traceId }) => traceId !== '' && navigate(traceLink(traceId, timeRange ? { range: timeRange } : {}))}
          onZoom={onZoom}
        />
      </div>
      {exemplars.length > 0 && <ExemplarList exemplars={exemplars} range={timeRange} />}
      {all.length > MOST_DRAWN && (
        <p className={styles.cut}>
          {isAll ? `All ${all.length} series are drawn.` : `The ${MOST_DRAWN} largest of ${all.length} series are drawn.`}
          <Button small onClick={() => setAll(!isAll)}>
            {isAll ? `Draw ${MOST_DRAWN}` : 'Draw all'}
          </Button>
        </p>
      )}
      {[...common].map(
        ([letter, labels]) =>
          Object.keys(labels).length > 0 && (
            <div key={letter} className={styles.common}>
              <span>{common.size > 1 ? `All of ${letter} have` : 'All have'}</span>
              <Labels labels={labels} />
            </div>
          ),
      )}
      <div className={styles.legend}>
        <Legend
          entries={entries}
          heads={calcHeads(CALCS)}
          mode="table"
          side="bottom"
          hidden={hidden}
          onToggle={toggle}
          onPoint={setEmphasis}
        />
      </div>
    </div>
  );
}

/** The series that reach highest, in their own order, so that colours and rows stay where they are. */
function largest(series: readonly ChartSeries[], most: number): readonly ChartSeries[] {
  if (series.length <= most) return series;
  const height = new Map(series.map((one) => [one, reduceValues('max', one.values) ?? Number.NEGATIVE_INFINITY]));
  const chosen = new Set(series.toSorted((a, b) => (height.get(b) ?? 0) - (height.get(a) ?? 0)).slice(0, most));
  return series.filter((one) => chosen.has(one));
}

/** Answers on one time axis: during a refresh one may be a step ahead of another. */
function align(answers: readonly LetteredAnswer<RangeAnswer>[]): AlignedFrames {
  return alignFrames(
    answers.map(({ letter, expr, answer: { span, series } }) => ({
      panel: '',
      refId: letter,
      startMs: span.startMs,
      stepMs: span.stepMs,
      steps: timesOf(span).length,
      series: series.map(({ labels, values }) => ({ name: expr, labels, values })),
      warnings: [],
      elapsedMs: 0,
    })),
  );
}

/** What the series of each query share, by its letter. */
function commonByQuery({ series }: AlignedFrames): ReadonlyMap<string, LabelMap> {
  const letters = [...new Set(series.map(({ refId }) => refId))];
  return new Map(
    letters.map((letter) => [letter, commonLabels(series.filter(({ refId }) => refId === letter).map(({ labels }) => labels))] as const),
  );
}

function chartSeries(aligned: AlignedFrames, isStacked: boolean): readonly ChartSeries[] {
  const common = commonByQuery(aligned);
  return aligned.series.map(({ refId, name, labels, values }, index) => ({
    key: `${refId} ${JSON.stringify(labels)}`,
    name: `${common.size > 1 ? `${refId}  ` : ''}${seriesName(labels, common.get(refId) ?? {}, name)}`,
    labels,
    color: seriesColor(index),
    values,
    style: isStacked ? stackedIn(refId) : PLAIN_STYLE,
    unit: 'short',
    decimals: undefined,
    format: (value: number | null) => (value === null ? '' : formatUnit('short', value)),
    hideFrom: { tooltip: false, legend: false, viz: false },
  }));
}

/** Each query is a pile of its own: sums across questions mean nothing. */
function stackedIn(group: string): SeriesStyle {
  return { ...PLAIN_STYLE, fillOpacity: 32, lineWidth: 1, stack: { mode: 'normal', group } };
}
