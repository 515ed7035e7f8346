import { RE2JS } from 're2js';
import { messageOf } from '../model/app-error.ts';
import { templateError } from './errors.ts';

/** Go's regexp.Compile. Throws AppError `template.function`. */
export function compileRegexp(pattern: string): RE2JS {
  try {
    return RE2JS.compile(pattern);
  } catch (cause) {
    throw templateError('template.function', messageOf(cause), { cause });
  }
}

/** Go's regexp.MatchString: found anywhere in the text. */
export function regexpMatch(pattern: string, text: string): boolean {
  return compileRegexp(pattern).matcher(text).find();
}

/** Go's Regexp.ReplaceAllString: `$1`, `${1}`, `$name` and `$$` in the replacement; unknown groups are empty. */
export function regexpReplaceAll(pattern: string, replacement: string, text: string): string {
  return replaceAll(compileRegexp(pattern), replacement, text);
}

/** The same with an expression that is compiled. */
export function replaceAll(compiled: RE2JS, replacement: string, text: string): string {
  const matcher = compiled.matcher(text);
  const names = compiled.namedGroups();
  let out = '';
  let at = 0;
  while (matcher.find()) {
    const group = (name: string) => {
      const index = /^\d+$/.test(name) ? Number(name) : names[name];
      return index === undefined || index > matcher.groupCount() ? '' : (matcher.group(index) ?? '');
    };
    out += text.slice(at, matcher.start()) + expand(replacement, group);
    at = matcher.end();
  }
  return out + text.slice(at);
}

function expand(replacement: string, group: (name: string) => string): string {
  return replacement.replace(/\$(?:\$|\{(\w+)\}|(\w+))/g, (whole, braced?: string, bare?: string) => {
    const name = braced ?? bare;
    return name === undefined ? (whole === '$$' ? '$' : whole) : group(name);
  });
}
