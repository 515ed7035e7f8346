// The `data` member of Prometheus' answers: {"resultType":…,"result":…} with samples as [seconds, "value"].
import { toGoJson } from '../../model/go-json.ts';
import { formatFixed, formatShort } from '../../model/go-number.ts';
import { histogramJson } from '../../model/histogram-text.ts';
import type { Matrix, QueryValue, RawMatrix, Vector } from '../query.ts';
import { metricWriter, secondsText } from './json-parts.ts';
import { encodeFloats } from './matrix-json.ts';

/** Encodes any value as UTF-8 JSON, a matrix in `memory` if there is room. */
export function encodeValue(value: QueryValue, memory?: SharedArrayBuffer): Uint8Array {
  if (value.type === 'matrix' && !value.histograms) return encodeFloats(value, memory);
  return new TextEncoder().encode(jsonOf(value));
}

function jsonOf(value: QueryValue): string {
  switch (value.type) {
    case 'vector':
      return result('vector', vectorJson(value));
    case 'matrix':
      return result('matrix', matrixJson(value));
    case 'raw':
      return result('matrix', rawJson(value));
    case 'scalar':
      return result('scalar', `[${value.timestampMs / 1000},"${formatFixed(value.value)}"]`);
    case 'string':
      return result('string', `[${value.timestampMs / 1000},${toGoJson(value.value)}]`);
  }
}

function result(type: string, json: string): string {
  return `{"resultType":"${type}","result":${json}}`;
}

function vectorJson({ labels, values, histograms, timestampMs }: Vector): string {
  const time = secondsText(timestampMs);
  const metricJson = metricWriter();
  const items = labels.map((series, i) => {
    const histogram = histograms?.[i];
    const sample = histogram
      ? `"histogram":[${time},${histogramJson(histogram)}]`
      : `"value":[${time},"${formatShort(values[i] as number)}"]`;
    return `{"metric":${metricJson(series)},${sample}}`;
  });
  return `[${items.join(',')}]`;
}

function matrixJson({ labels, values, present, histograms, steps, startMs, stepMs }: Matrix): string {
  const metricJson = metricWriter();
  const opening = Array.from({ length: steps }, (_, t) => `[${secondsText(startMs + t * stepMs)},`);
  const items = labels.map((series, row) => {
    let points = '';
    let histogramPoints = '';
    for (let t = 0, i = row * steps; t < steps; t++, i++) {
      if (present[i] === 0) continue;
      const histogram = histograms?.[i];
      if (histogram) histogramPoints += `${histogramPoints === '' ? '' : ','}${opening[t]}${histogramJson(histogram)}]`;
      else points += `${points === '' ? '' : ','}${opening[t]}"${formatShort(values[i] as number)}"]`;
    }
    return seriesJson(metricJson(series), points, histogramPoints);
  });
  return `[${items.join(',')}]`;
}

function rawJson({ labels, offsets, timestampsMs, values, histograms }: RawMatrix): string {
  const metricJson = metricWriter();
  const items = labels.map((series, row) => {
    const points: string[] = [];
    const histogramPoints: string[] = [];
    for (let i = offsets[row] as number; i < (offsets[row + 1] as number); i++) {
      const time = secondsText(timestampsMs[i] as number);
      const histogram = histograms?.[i];
      if (histogram) histogramPoints.push(`[${time},${histogramJson(histogram)}]`);
      else points.push(`[${time},"${formatShort(values[i] as number)}"]`);
    }
    return seriesJson(metricJson(series), points.join(','), histogramPoints.join(','));
  });
  return `[${items.join(',')}]`;
}

/** Floats and histograms apart; a list without any is left out. */
function seriesJson(metric: string, points: string, histogramPoints: string): string {
  const floats = points === '' ? '' : `,"values":[${points}]`;
  const histograms = histogramPoints === '' ? '' : `,"histograms":[${histogramPoints}]`;
  return `{"metric":${metric}${floats}${histograms}}`;
}
