// The state of a trace's page in its URL: /trace/<id>?span=<span id>&view=table. Links are made with data/links.ts.
import { type Codec, choiceParam, textParam, type UrlSchema } from '../../data/url-state.ts';

export type TraceLook = 'waterfall' | 'table';

/** A part of the trace, in milliseconds from its start. */
export interface TraceZoom {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface TracePageState {
  /** Id of the chosen span, '' = none. */
  readonly span: string;
  readonly view: TraceLook;
  /** What is looked for within the trace. */
  readonly find: string;
  readonly zoom: TraceZoom | undefined;
  /** The range to go back to; '' = the search's own. */
  readonly from: string;
  readonly to: string;
}

const zoomParam: Codec<TraceZoom | undefined> = {
  decode: ([text]) => {
    const found = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(text ?? '');
    const [fromMs, toMs] = [Number(found?.[1]), Number(found?.[2])];
    return found !== null && toMs > fromMs ? { fromMs, toMs } : undefined;
  },
  encode: (zoom) => (zoom === undefined ? undefined : [`${round(zoom.fromMs)}-${round(zoom.toMs)}`]),
};

/** Microseconds are enough. */
function round(ms: number): number {
  return Math.max(0, Math.round(ms * 1_000) / 1_000);
}

export const tracePageParams: UrlSchema<TracePageState> = {
  span: textParam(),
  view: choiceParam<TraceLook>(['waterfall', 'table'], 'waterfall'),
  find: textParam(),
  zoom: zoomParam,
  from: textParam(),
  to: textParam(),
};
