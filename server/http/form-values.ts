// Query strings and form bodies as Go's net/url reads them: a pair that is malformed (bad escape, semicolon) is ignored.

/** Parameters of a request; a form body comes before the query string, as in Go's `Request.Form`. */
export class FormValues {
  readonly #values = new Map<string, string[]>();

  constructor(...texts: readonly string[]) {
    for (const text of texts) for (const pair of text.split('&')) this.#add(pair);
  }

  /** The parameters in the query string of a request's URL. */
  static ofUrl(url: string, ...bodies: readonly string[]): FormValues {
    const mark = url.indexOf('?');
    return new FormValues(...bodies, mark < 0 ? '' : url.slice(mark + 1));
  }

  /** The first value, '' when it is absent. */
  get(name: string): string {
    return this.#values.get(name)?.[0] ?? '';
  }

  getAll(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  #add(pair: string): void {
    if (pair === '' || pair.includes(';')) return;
    const equals = pair.indexOf('=');
    const name = unescapeText(equals < 0 ? pair : pair.slice(0, equals));
    const value = unescapeText(equals < 0 ? '' : pair.slice(equals + 1));
    if (name === undefined || value === undefined) return;
    const values = this.#values.get(name);
    if (values) values.push(value);
    else this.#values.set(name, [value]);
  }
}

function unescapeText(text: string): string | undefined {
  const spaced = text.replaceAll('+', ' ');
  if (!spaced.includes('%')) return spaced;
  if (/%(?![0-9a-fA-F]{2})/.test(spaced)) return undefined;
  try {
    return decodeURIComponent(spaced);
  } catch {
    // Bytes that are no UTF-8.
    return Buffer.from(spaced.replace(/%([0-9a-fA-F]{2})|./gsu, latin1Bytes), 'latin1').toString('utf8');
  }
}

/** Each byte of a character, or of an escape, as a character of its own. */
function latin1Bytes(text: string, hex: string | undefined): string {
  return hex === undefined ? Buffer.from(text).toString('latin1') : String.fromCharCode(Number.parseInt(hex, 16));
}
