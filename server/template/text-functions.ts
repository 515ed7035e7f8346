// Functions on text that the templates of Prometheus and Alertmanager share.
import { regexpMatch, regexpReplaceAll } from './regexp.ts';
import type { GoFunction, GoValue } from './value.ts';

const onText = (call: (text: string) => GoValue): GoFunction => ({ params: ['string'], call: (text) => call(text as string) });

/** Upper case at the start of every word, the rest as it is. */
export function titleCase(text: string): string {
  return text.replace(/(^|[^\p{L}\p{N}\p{M}'’_])(\p{L})/gu, (_, before: string, letter: string) => before + letter.toUpperCase());
}

export const TEXT_FUNCTIONS: Readonly<Record<string, GoFunction>> = {
  title: onText(titleCase),
  toUpper: onText((text) => text.toUpperCase()),
  toLower: onText((text) => text.toLowerCase()),
  safeHtml: onText((text) => text),
  match: { params: ['string', 'string'], call: (pattern, text) => regexpMatch(pattern as string, text as string) },
  reReplaceAll: {
    params: ['string', 'string', 'string'],
    call: (pattern, replacement, text) => regexpReplaceAll(pattern as string, replacement as string, text as string),
  },
};
