/** Joins class names, leaving out what is absent: `classNames(styles.a, open && styles.b)`. */
export function classNames(...names: readonly (string | false | undefined)[]): string {
  return names.filter(Boolean).join(' ');
}
