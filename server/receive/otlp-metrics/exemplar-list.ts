import type { PointExemplar } from '../../formats/otlp/data-point.ts';
import { Labels } from '../../model/labels.ts';
import type { Exemplar, ExemplarStore } from '../../storage/store.ts';
import { attributeText } from './attribute-text.ts';

/** As OpenMetrics says: an exemplar points at something, it does not hold it. */
const MAX_CHARACTERS = 128;

/** The exemplars of a request, which are stored when its samples are. */
export class ExemplarList {
  readonly #list: { readonly labels: Labels; readonly exemplar: Exemplar }[] = [];

  /** Keeps exemplars of one series, oldest first. */
  add(exemplars: readonly PointExemplar[], seriesLabels: () => Labels): void {
    if (exemplars.length === 0) return;
    const labels = seriesLabels();
    for (const exemplar of exemplars.toSorted((a, b) => a.timestampMs - b.timestampMs)) {
      const { attributes, value, timestampMs } = exemplar;
      if (attributes.isText) this.#list.push({ labels, exemplar: { labels: labelsOf(exemplar), value, timestampMs } });
    }
  }

  store(store: ExemplarStore): void {
    for (const { labels, exemplar } of this.#list) store.append(labels, exemplar);
  }
}

/** Trace and span, then attributes, unless all together are too much. */
function labelsOf({ traceId, spanId, attributes }: PointExemplar): Labels {
  const ids = [
    ['trace_id', traceId],
    ['span_id', spanId],
  ] as const;
  const all = [
    ...ids.filter(([, value]) => value !== ''),
    ...attributes.pairs.map(([name, value]) => [name, attributeText(value)] as const),
  ];
  const characters = all.reduce((sum, [name, value]) => sum + [...name].length + [...value].length, 0);
  return Labels.fromEntries(characters > MAX_CHARACTERS ? ids : all);
}
