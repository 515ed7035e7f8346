// type-and-unit-labels: what the last TYPE and UNIT lines add to the labels of every series that follows them.
import type { MetricParser, RawLabel } from '../formats/exposition/metric-parser.ts';

/** Sees the metadata of one body in order. */
export class SampleIdentity {
  /** Equal keys, equal labels. */
  key = '';
  /** Whether every family begins with a HELP entry and has its own unit: protobuf. In text a unit holds until the next UNIT line. */
  readonly #hasFamilies: boolean;
  #type = '';
  #unit = '';

  constructor(hasFamilies: boolean) {
    this.#hasFamilies = hasFamilies;
  }

  /** Takes note of a line of metadata. */
  see(parser: MetricParser, entry: 'help' | 'type' | 'unit'): void {
    if (entry === 'type') this.#type = parser.type === 'unknown' ? '' : parser.type;
    else if (entry === 'unit') this.#unit = parser.unitText();
    else if (this.#hasFamilies) this.#unit = '';
    this.key = `${this.#type} ${this.#unit}`;
  }

  /** The labels with type and unit; what the target says in labels of these names holds only where the metadata says nothing. */
  apply(raw: readonly RawLabel[]): RawLabel[] {
    const labels = raw.filter(([name]) => !(name === '__type__' && this.#type !== '') && !(name === '__unit__' && this.#unit !== ''));
    if (this.#type !== '') labels.push(['__type__', this.#type]);
    if (this.#unit !== '') labels.push(['__unit__', this.#unit]);
    return labels;
  }
}
