import { WireReader } from '../protobuf/wire-reader.ts';
import { MAX_FIELDS, MAX_ITEMS, MAX_POINTS, tooLarge } from './limits.ts';

const REPLACED = '\ufffd';

/** A reader that counts what it reads, since two bytes of the wire can become an object. Throws AppError `otlp.too_large`. */
export class OtlpReader extends WireReader {
  /** Becomes false when a text is read that is no UTF-8. */
  isText = true;
  #items = 0;
  #points = 0;
  #fields = 0;
  #steps = 0;

  /** A resource, scope, span, log record or metric begins. */
  beginItem(): void {
    this.#fields = 0;
    this.#steps++;
    if (++this.#items > MAX_ITEMS)
      throw tooLarge(`a request has more than ${MAX_ITEMS} resources, scopes and spans, log records or metrics`);
  }

  /** A data point begins. */
  beginPoint(): void {
    this.#fields = 0;
    this.#steps++;
    if (++this.#points > MAX_POINTS) throw tooLarge(`a request has more than ${MAX_POINTS} data points`);
  }

  /** A data point is only passed over: its fields are not counted. */
  beginPointAhead(): void {
    this.#fields = 0;
  }

  override text(end: number): string {
    const text = super.text(end);
    // What is replaced and what was sent so look alike; the bytes tell.
    if (this.isText && text.includes(REPLACED)) this.isText = this.isTextValid;
    return text;
  }

  /** Items and their fields since this was asked last. */
  takeSteps(): number {
    const steps = this.#steps;
    this.#steps = 0;
    return steps;
  }

  override enter(end: number): number {
    this.countField();
    return super.enter(end);
  }

  override skipField(tag: number, end: number): void {
    this.countField();
    super.skipField(tag, end);
  }

  /** Counts a field that is neither entered nor skipped. */
  countField(): void {
    this.#steps++;
    if (++this.#fields > MAX_FIELDS) throw tooLarge(`one item has more than ${MAX_FIELDS} fields: attributes, events and links`);
  }
}
