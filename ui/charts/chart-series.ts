// What the time chart draws. Values stay as they were measured; stacking makes its own copy.

/** How one series is drawn, after Grafana's field options. */
export interface SeriesStyle {
  readonly draw: 'line' | 'bars' | 'points';
  readonly interpolation: 'linear' | 'smooth' | 'stepBefore' | 'stepAfter';
  /** CSS px. */
  readonly lineWidth: number;
  /** 0 … 100. */
  readonly fillOpacity: number;
  readonly points: 'auto' | 'always' | 'never';
  readonly pointSize: number;
  readonly dash: readonly number[] | undefined;
  /** Connect across missing samples: always, never, or over gaps of up to so many ms. */
  readonly spanNulls: boolean | number;
  readonly axis: 'left' | 'right' | 'hidden';
  readonly stack: { readonly mode: 'none' | 'normal' | 'percent'; readonly group: string };
  readonly negate: boolean;
  /** Key of the series down to which the area is filled (a band). */
  readonly fillDownTo: string | undefined;
  /** Bars that fill this share of their step, however wide it is; default: Grafana's 0.7, at most 60 px. */
  readonly barShare?: number;
}

export interface ChartSeries {
  /** Unique in the chart. */
  readonly key: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** CSS colour, tokens allowed. */
  readonly color: string;
  readonly values: readonly (number | null | undefined)[];
  readonly style: SeriesStyle;
  readonly unit: string | undefined;
  readonly decimals: number | undefined;
  /** Text of a value for tooltip, legend and table. */
  readonly format: (value: number | null) => string;
  /** Left out of the tooltip or the legend by the dashboard. */
  readonly hideFrom: { readonly tooltip: boolean; readonly legend: boolean; readonly viz: boolean };
}

/** The style of a dashboard that says nothing. */
export const PLAIN_STYLE: SeriesStyle = {
  draw: 'line',
  interpolation: 'linear',
  lineWidth: 1.5,
  fillOpacity: 0,
  points: 'auto',
  pointSize: 5,
  dash: undefined,
  spanNulls: false,
  axis: 'left',
  stack: { mode: 'none', group: 'A' },
  negate: false,
  fillDownTo: undefined,
};

export interface AxisOptions {
  readonly unit: string | undefined;
  readonly decimals: number | undefined;
  readonly min: number | undefined;
  readonly max: number | undefined;
  readonly softMin: number | undefined;
  readonly softMax: number | undefined;
  /** 0 = linear. */
  readonly logBase: number;
  readonly label: string;
}

/** A horizontal line or area at a threshold. */
export interface ChartThreshold {
  /** -Infinity for the ground. */
  readonly from: number;
  readonly to: number;
  readonly color: string;
}

export interface ThresholdLayer {
  readonly steps: readonly ChartThreshold[];
  readonly line: boolean;
  readonly dashed: boolean;
  readonly area: boolean;
}
