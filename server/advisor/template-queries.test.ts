import { expect, it } from 'vitest';
import { templateQueries } from './template-queries.ts';

it.each([
  ['{{ $value | humanize }} query "x" in words', []],
  ['{{ query "up == 0" | first | value | printf "%.0f" }} {{ query `a{b="c"}` }}', ['up == 0', 'a{b="c"}']],
  [`{{ with query (printf "disk{instance='%s'}" .Labels.instance) }}{{ . | first | value }}{{ end }}`, ["disk{instance='x'}"]],
  ['{{ printf "disk{instance=%q}" $labels.instance | query | first | value }}', ['disk{instance="x"}']],
  ['{{ range query $labels.expr }}{{ .Value }}{{ end }}', ['range query $labels.expr']],
])('finds the queries of %s', (template, queries) => {
  expect(templateQueries(template)).toEqual(queries);
});
