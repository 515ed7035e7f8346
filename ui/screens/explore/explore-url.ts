// The state of Explore in its URL: /explore?q=up&q=rate(x[5m])&from=now-1h&to=now. Links are made with data/links.ts.
import { choiceParam, flagParam, listParam, textParam, type UrlSchema } from '../../data/url-state.ts';

export type ExploreView = 'graph' | 'table';
/** What a table shows: each series at the end of the range, or what it did over the range. */
export type TableKind = 'instant' | 'range';

export interface ExploreState {
  /** Expressions, in the order of their rows; an empty text is an empty row. */
  readonly q: readonly string[];
  /** Indexes into q of queries that are not run, as text. */
  readonly hide: readonly string[];
  readonly view: ExploreView;
  readonly table: TableKind;
  readonly stacked: boolean;
  /** Resolution as a Prometheus duration; '' = about one point for each pixel. */
  readonly step: string;
  /** Exemplars are shown when there are any, unless the reader switched them off. */
  readonly exemplars: 'on' | 'off';
}

/** Parameters of Explore besides time, which useTime keeps. */
export const exploreParams: UrlSchema<ExploreState> = {
  q: listParam(),
  hide: listParam(),
  view: choiceParam<ExploreView>(['graph', 'table'], 'graph'),
  table: choiceParam<TableKind>(['instant', 'range'], 'instant'),
  stacked: flagParam(),
  step: textParam(),
  exemplars: choiceParam<'on' | 'off'>(['on', 'off'], 'on'),
};
