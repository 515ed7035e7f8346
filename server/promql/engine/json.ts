// The `data` member of Prometheus' answers: {"resultType":…,"result":…} with samples as [seconds, "value"].
import { toGoJson } from '../../model/go-json.ts';
import { formatFixed, formatShort } from '../../model/go-number.ts';
import { histogramJson } from '../../model/histogram-text.ts';
import type { Labels } from '../../model/labels.ts';
import { LONGEST_NUMBER_BYTES, writeShort } from '../../model/shortest-digits.ts';
import type { Matrix, QueryValue, RawMatrix, Vector } from '../query.ts';

/** Encodes any value as UTF-8 JSON. */
export function encodeValue(value: QueryValue): Uint8Array {
  if (value.type === 'matrix' && !value.histograms) return encodeFloats(value);
  return new TextEncoder().encode(jsonOf(value));
}

/** Hundreds of thousands of points go byte by byte into one piece of memory, without texts in between that are only copied. */
function encodeFloats({ labels, values, present, steps, startMs, stepMs }: Matrix): Uint8Array {
  const metricJson = metricWriter();
  const opening = Array.from({ length: steps }, (_, t) => Buffer.from(`,[${secondsText(startMs + t * stepMs)},"`, 'latin1'));
  const longestPoint = opening.reduce((longest, { length }) => Math.max(longest, length), 0) + LONGEST_NUMBER;
  const out = new JsonBytes(Math.min(MOST_AT_FIRST, (1 << 12) + values.length * POINT_BYTES));
  out.text('{"resultType":"matrix","result":[');
  labels.forEach((series, row) => {
    out.text(`${row === 0 ? '' : ','}{"metric":${metricJson(series)}`);
    out.reserve(VALUES.length + steps * longestPoint);
    const hasPoints = out.points(opening, values, present, row * steps);
    out.text(hasPoints ? ']}' : '}');
  });
  out.text(']}');
  return out.filled();
}

const VALUES = ',"values":[';
const QUOTE = '"'.charCodeAt(0);
const BRACKET = ']'.charCodeAt(0);
/** Of a number with what closes its point. */
const LONGEST_NUMBER = LONGEST_NUMBER_BYTES + 2;
/** Of a point with its number, as they mostly are. */
const POINT_BYTES = 34;
/** Memory that an answer gets before anything is written; it grows from there. */
const MOST_AT_FIRST = 1 << 22;

/** Growing memory for UTF-8. */
class JsonBytes {
  #buffer: Buffer;
  #length = 0;

  constructor(bytes: number) {
    this.#buffer = Buffer.allocUnsafeSlow(bytes);
  }

  /** Makes room for so many bytes, of which the calls that follow may make use without looking. */
  reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const bigger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#buffer.length));
    this.#buffer.copy(bigger, 0, 0, this.#length);
    this.#buffer = bigger;
  }

  /** Any text. */
  text(text: string): void {
    this.reserve(3 * text.length);
    this.#length += this.#buffer.write(text, this.#length);
  }

  /**
   * The present ones of the values from `start` on, one for each opening, for which room was made; whether there are any. One function for the
   * whole row: hundreds of thousands of points go through it.
   */
  points(openings: readonly Uint8Array[], values: Float64Array, present: Uint8Array, start: number): boolean {
    const buffer = this.#buffer;
    const from = this.#length;
    let at = from;
    for (let t = 0; t < openings.length; t++) {
      if (present[start + t] === 0) continue;
      const opening = openings[t] as Uint8Array;
      // The first point has no comma.
      let k = 0;
      if (at === from) {
        at += buffer.write(VALUES, at, 'latin1');
        k = 1;
      }
      for (; k < opening.length; k++) buffer[at++] = opening[k] as number;
      at = writeShort(values[start + t] as number, buffer, at);
      buffer[at] = QUOTE;
      buffer[at + 1] = BRACKET;
      at += 2;
    }
    this.#length = at;
    return at > from;
  }

  filled(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }
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

/** Label texts repeat from series to series, so each is quoted once for an answer. */
function metricWriter(): (labels: Labels) => string {
  const quoted = new Map<string, string>();
  const quote = (text: string) => {
    let json = quoted.get(text);
    if (json === undefined) {
      json = JSON.stringify(text);
      quoted.set(text, json);
    }
    return json;
  };
  return ({ flat }) => {
    let json = '{';
    for (let i = 0; i < flat.length; i += 2) json += `${i === 0 ? '' : ','}${quote(flat[i] as string)}:${quote(flat[i + 1] as string)}`;
    return `${json}}`;
  };
}

/** A time as upstream writes it in JSON: seconds, with three digits behind the point unless it is whole. */
export function secondsText(timestampMs: number): string {
  return timestampMs % 1000 === 0 ? String(timestampMs / 1000) : (timestampMs / 1000).toFixed(3);
}
