// The data that both sides hold.
import { Labels } from '../../../server/model/labels.ts';
import { testSeries } from '../../../server/promql/testdata/series.ts';
import { createRandom } from '../random.ts';
import { brokenBuckets, goodBuckets } from './classic.ts';
import { customBuckets, gaugeHistograms, nativeLatencies, nativeSchemas, oddHistograms, turns } from './native.ts';
import { borders, clashes, oddValues, presences, texts } from './odd.ts';
import { gauges, metadata, monthly, requests } from './plain.ts';
import type { Sample, Series } from './series.ts';

/** All series in the order of their labels, which is the order in which the peer then selects them; the same on every call. */
export function dataset(): Series[] {
  const random = createRandom(20_260_401);
  const series = [
    ...requests(random),
    ...metadata(),
    ...gauges(random),
    ...monthly(random),
    ...oddValues(random),
    ...presences(random),
    ...clashes(),
    ...texts(),
    ...borders(),
    ...goodBuckets(random),
    ...brokenBuckets(),
    ...nativeLatencies(random),
    ...nativeSchemas(random),
    ...customBuckets(random),
    ...gaugeHistograms(random),
    ...turns(random),
    ...oddHistograms(random),
    ...documented(),
  ];
  return series.sort((a, b) => Labels.from(a.labels).compare(Labels.from(b.labels)));
}

/** What the course documents' expressions ask for. Series of both origins have some names, but no label sets, in common. */
function documented(): Series[] {
  return testSeries().map(({ labels, samples }) => ({
    labels: labels.__name__ === 'broken_bucket' ? { ...labels, fault: 'of the documents' } : labels,
    samples: samples.map(({ timestampMs, value, isStale }): Sample => (isStale ? { timestampMs, stale: 'float' } : { timestampMs, value })),
  }));
}
