import type { Matcher } from 're2js';

// Go's regexp.Expand: `$name`, `${name}` and `$$`. A name is the longest run of letters, digits and underscores, so `$1x` asks for
// the group "1x", which nobody has: it expands to nothing. A malformed `$` stands for itself.
const REFERENCE = /\$(?:(\$)|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu;
const GROUP_NUMBER = /^(?:0|[1-9]\d{0,8})$/;

/** Whether a template refers to a group, so that it depends on what was matched (upstream's test for its fast path). */
export function hasReference(template: string): boolean {
  return template.includes('$');
}

/** Fills `template` with the groups of a successful match, exactly as Go's `Regexp.Expand`; unknown groups are empty. */
export function expandTemplate(template: string, match: Matcher): string {
  if (!hasReference(template)) return template;
  return template.replace(REFERENCE, (_whole, dollar: string | undefined, braced: string | undefined, bare: string | undefined) =>
    dollar === undefined ? groupText(match, braced ?? bare ?? '') : '$',
  );
}

function groupText(match: Matcher, name: string): string {
  if (GROUP_NUMBER.test(name)) {
    const index = Number(name);
    return index <= match.groupCount() ? (match.group(index) ?? '') : '';
  }
  return match.getNamedGroups()[name] ?? '';
}
