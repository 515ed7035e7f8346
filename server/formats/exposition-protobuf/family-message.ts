// The message io.prometheus.client.MetricFamily: its own fields, and where its metrics stand.
import type { ExpositionType } from '../exposition/metric-type.ts';
import { BYTES, tagOf, VARINT } from '../protobuf/wire-reader.ts';
import type { MetricReader } from './metric-reader.ts';

const NAME = tagOf(1, BYTES);
const HELP = tagOf(2, BYTES);
const TYPE = tagOf(3, VARINT);
const METRIC = tagOf(4, BYTES);
const UNIT = tagOf(5, BYTES);

/** By their numbers in the format. */
const TYPES: readonly ExpositionType[] = ['counter', 'gauge', 'summary', 'unknown', 'histogram', 'gaugehistogram'];

/** One family; read into again and again. */
export class FamilyMessage {
  name = '';
  help = '';
  unit = '';
  type: ExpositionType = 'counter';
  /** Start and end of each metric. */
  readonly metrics: number[] = [];

  /** Reads the message up to `end` and checks what it says about all of its metrics. Families without metrics are not checked. */
  read(reader: MetricReader, end: number): void {
    this.name = this.help = this.unit = '';
    this.metrics.length = 0;
    let type = 0;
    let isHelpText = true;
    while (reader.pos < end) {
      const tag = reader.uint32();
      if (tag === NAME) this.name = reader.text(end);
      else if (tag === HELP) {
        this.help = reader.text(end);
        isHelpText = reader.isTextValid;
      } else if (tag === TYPE) type = reader.int32();
      else if (tag === UNIT) this.unit = reader.text(end);
      else if (tag === METRIC) {
        const to = reader.enter(end);
        this.metrics.push(reader.pos, to);
        reader.pos = to;
      } else reader.skipField(tag, end);
    }
    reader.leave(end);
    if (this.metrics.length > 0) this.#check(type, isHelpText);
  }

  #check(type: number, isHelpText: boolean): void {
    const { name, unit } = this;
    if (name === '' || name.includes('\ufffd')) throw new Error(`invalid metric name: ${JSON.stringify(name)}`);
    if (!isHelpText) throw new Error(`invalid help for metric ${JSON.stringify(name)}: not UTF-8`);
    const known = TYPES[type];
    if (known === undefined) throw new Error(`unknown metric type for metric ${JSON.stringify(name)}: ${type}`);
    this.type = known;
    const base = known === 'counter' && name.endsWith('_total') ? name.slice(0, -'_total'.length) : name;
    if (unit !== '' && !base.endsWith(`_${unit}`))
      throw new Error(`unit ${JSON.stringify(unit)} not a suffix of ${known === 'counter' ? 'counter' : 'metric'} ${JSON.stringify(name)}`);
  }
}
