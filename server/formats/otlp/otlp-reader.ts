import { WireReader } from '../protobuf/wire-reader.ts';
import { MAX_FIELDS, MAX_ITEMS, tooLarge } from './limits.ts';

/** A reader that counts what it reads, since two bytes of the wire can become an object. Throws AppError `otlp.too_large`. */
export class OtlpReader extends WireReader {
  #items = 0;
  #fields = 0;
  #steps = 0;

  /** A resource, scope, span or log record begins. */
  beginItem(): void {
    this.#fields = 0;
    this.#steps++;
    if (++this.#items > MAX_ITEMS) throw tooLarge(`a request has more than ${MAX_ITEMS} resources, scopes and spans or log records`);
  }

  /** Items and their fields since this was asked last. */
  takeSteps(): number {
    const steps = this.#steps;
    this.#steps = 0;
    return steps;
  }

  override enter(end: number): number {
    this.#countField();
    return super.enter(end);
  }

  override skipField(tag: number, end: number): void {
    this.#countField();
    super.skipField(tag, end);
  }

  #countField(): void {
    this.#steps++;
    if (++this.#fields > MAX_FIELDS) throw tooLarge(`one item has more than ${MAX_FIELDS} fields: attributes, events and links`);
  }
}
