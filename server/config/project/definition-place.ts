/** Names by which definitions are known, by the list that they stand in. */
const NOUNS: Readonly<Record<string, string>> = {
  groups: 'rule group',
  rules: 'rule',
  scrape_configs: 'scrape job',
  receivers: 'receiver',
  time_intervals: 'time interval',
  datasources: 'data source',
  providers: 'dashboard folder',
};

/**
 * A place in a generated file in words of the definitions: `groups[0].rules[1].expr` is
 * `rule group "api": alert "HighLatency": expr`; and what stands there. `content` is what the file holds.
 */
export function definitionPlace(content: unknown, path: string): { place: string; value: unknown } {
  const steps = [...path.matchAll(/([^.[\]]+)|\[(\d+)\]/g)].map(([, key, index]) => (index === undefined ? (key ?? '') : Number(index)));
  const named: string[] = [];
  let rest: string[] = [];
  let value = content;
  let list = '';
  for (const step of steps) {
    value = typeof value === 'object' && value !== null ? (value as Record<string | number, unknown>)[step] : undefined;
    const name = typeof step === 'number' ? nameOf(value, list) : undefined;
    if (name !== undefined) {
      named.push(name);
      rest = [];
    } else if (typeof step === 'number') rest.push(`${rest.pop() ?? ''}[${step}]`);
    else rest.push(step);
    list = String(step);
  }
  return { place: [...named, ...(rest.length > 0 ? [rest.join('.')] : [])].join(': '), value };
}

function nameOf(value: unknown, list: string): string | undefined {
  const { alert, record, job_name: job, name } = (value ?? {}) as Record<string, unknown>;
  if (typeof alert === 'string') return `alert "${alert}"`;
  if (typeof record === 'string') return `recording rule "${record}"`;
  const known = job ?? name;
  const noun = NOUNS[list];
  return typeof known === 'string' && noun !== undefined ? `${noun} "${known}"` : undefined;
}
