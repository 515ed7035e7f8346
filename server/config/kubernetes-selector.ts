// The API's notation for choosing objects: requirements joined by commas. Checked when it is loaded, because the API server would refuse each request.

const NAME = /[-A-Za-z0-9_./]/;
const DIGIT = /\d/;
const OPERATORS = ['==', '!=', '=', '<', '>'];

/** What is wrong with a label selector (`app in (a, b), !canary`) or a field selector (`spec.nodeName=a`). */
export function selectorFault(kind: 'label' | 'field', selector: string): string | undefined {
  if (selector.trim() === '') return undefined;
  for (const part of kind === 'field' ? selector.split(/(?<!\\),/) : requirements(selector)) {
    if (kind === 'field' && part !== '' && !/^[^=!]+(==|=|!=)/.test(part)) {
      return `invalid selector: '${selector}'; can't understand '${part}' (write metadata.name=value)`;
    }
    if (kind === 'label' && !isRequirement(part)) {
      return `unable to parse requirement: "${part.trim()}" (write app=web, app!=web, app in (web, api), app or !app)`;
    }
  }
  return undefined;
}

/** Split at the commas outside of parentheses. */
function requirements(selector: string): string[] {
  const parts = [''];
  let depth = 0;
  for (const letter of selector) {
    if (letter === '(') depth++;
    if (letter === ')') depth--;
    if (letter === ',' && depth === 0) parts.push('');
    else parts[parts.length - 1] += letter;
  }
  return parts;
}

/** `key`, `!key`, `key = value`, `key != value`, `key < 5`, `key in (a, b)` or `key notin (a)`, read once from left to right. */
function isRequirement(text: string): boolean {
  const cursor = new Cursor(text);
  const isDenied = cursor.take('!');
  if (!isKey(cursor.match(NAME))) return false;
  if (isDenied || cursor.isAtEnd) return cursor.isAtEnd;
  const operator = OPERATORS.find((one) => cursor.take(one)) ?? '';
  if (operator === '<' || operator === '>') return cursor.match(DIGIT) !== '' && cursor.isAtEnd;
  if (operator !== '') return isValue(cursor.match(NAME)) && cursor.isAtEnd;
  return ['in', 'notin'].includes(cursor.match(NAME)) && isList(cursor);
}

function isList(cursor: Cursor): boolean {
  if (!cursor.take('(')) return false;
  do {
    if (!isValue(cursor.match(NAME))) return false;
  } while (cursor.take(','));
  return cursor.take(')') && cursor.isAtEnd;
}

/** A name, with a prefix and a slash before it if need be. */
function isKey(text: string): boolean {
  const parts = text.split('/');
  return parts.length <= 2 && parts.every((part) => part !== '' && isValue(part));
}

/** Empty, or letters, digits and -_. with a letter or digit at both ends. */
function isValue(text: string): boolean {
  if (text === '') return true;
  return !text.includes('/') && /^[A-Za-z0-9]/.test(text) && /[A-Za-z0-9]$/.test(text);
}

/** Goes through a text; blanks before what is taken are passed over. */
class Cursor {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text.trim();
  }

  get isAtEnd(): boolean {
    return this.#at === this.#text.length;
  }

  take(word: string): boolean {
    this.#skipBlanks();
    if (!this.#text.startsWith(word, this.#at)) return false;
    this.#at += word.length;
    return true;
  }

  /** All letters of a kind that stand here, '' when there is none. */
  match(letter: RegExp): string {
    this.#skipBlanks();
    const start = this.#at;
    while (this.#at < this.#text.length && letter.test(this.#text[this.#at] as string)) this.#at++;
    return this.#text.slice(start, this.#at);
  }

  #skipBlanks(): void {
    while (this.#at < this.#text.length && /\s/.test(this.#text[this.#at] as string)) this.#at++;
  }
}
