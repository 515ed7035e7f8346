import { formatGo } from './printf.ts';

const HTML: Readonly<Record<string, string>> = { '\0': '\uFFFD', '"': '&#34;', "'": '&#39;', '&': '&amp;', '<': '&lt;', '>': '&gt;' };
const JS: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  "'": "\\'",
  '"': '\\"',
  '<': '\\u003C',
  '>': '\\u003E',
  '&': '\\u0026',
  '=': '\\u003D',
};

/** Go's template.HTMLEscapeString. */
export function escapeHtml(text: string): string {
  return text.replace(/[\0"'&<>]/g, (char) => HTML[char] as string);
}

/** Go's template.JSEscapeString. */
export function escapeJs(text: string): string {
  return text.replace(
    /[\\'"<>&=]|[^\P{C}]|[^\P{Z} ]/gu,
    (char) => JS[char] ?? formatGo('\\u%04X', [BigInt(char.codePointAt(0) as number)]),
  );
}

/** Go's url.QueryEscape: a space is `+`. */
export function escapeQuery(text: string): string {
  return encodeURIComponent(Buffer.from(text).toString())
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
}
