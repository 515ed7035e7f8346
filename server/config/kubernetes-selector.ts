// The API's notation for choosing objects: requirements joined by commas. Checked when it is loaded, because the API server would refuse each request.

const NAME = '[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?';
const KEY = `(?:${NAME}/)?${NAME}`;
const VALUE = `(?:${NAME})?`;
const REQUIREMENT = new RegExp(
  `^\\s*(?:!\\s*${KEY}|${KEY}|${KEY}\\s*(?:==|=|!=)\\s*${VALUE}|${KEY}\\s*[<>]\\s*\\d+|${KEY}\\s+(?:in|notin)\\s*\\(\\s*${VALUE}(?:\\s*,\\s*${VALUE})*\\s*\\))\\s*$`,
);

/** What is wrong with a label selector (`app in (a, b), !canary`) or a field selector (`spec.nodeName=a`). */
export function selectorFault(kind: 'label' | 'field', selector: string): string | undefined {
  if (selector.trim() === '') return undefined;
  for (const part of kind === 'field' ? selector.split(/(?<!\\),/) : requirements(selector)) {
    if (kind === 'field' && part !== '' && !/^[^=!]+(==|=|!=)/.test(part)) {
      return `invalid selector: '${selector}'; can't understand '${part}' (write metadata.name=value)`;
    }
    if (kind === 'label' && !REQUIREMENT.test(part)) {
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
