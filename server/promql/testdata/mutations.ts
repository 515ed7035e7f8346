// Wrong and nearly wrong queries in great number, the same on every call: valid ones with a token taken away, doubled, swapped
// or put in its place. Most are refused, and the words with which they are is what they are for.

/** Queries of every construct of the language; a mutation of one of them breaks little else. */
const SEEDS: readonly string[] = [
  'x',
  'x:y:z{a="1"}',
  '{__name__="x", a=~"b.*", c!="d", e!~"f|g",}',
  '{"my.metric", "label.name"="x", b=\'y\'}',
  'x{"quoted name"=~`raw\\d`}',
  'sum(x)',
  'sum by (a, "b.c", on) (rate(x[5m]))',
  'sum(x) without (a, le,)',
  'topk by (job) (3, x{a="b"})',
  'quantile without (a) (0.9, x offset 5m)',
  'count_values("my.label", x)',
  'count_values by (a) ("l", x)',
  'limitk(2, x) + limit_ratio(-0.5, y)',
  'x + y',
  'x * on (a, "b.c") group_left (d, "e.f") y',
  'x / ignoring (a) group_right () y > bool 3',
  'x and on () y or z unless ignoring (q) w',
  'x == bool y',
  '1 > bool 2',
  '-x ^ 2 % 3 atan2 y',
  '-(1 + +2) ^ -3',
  'x[5m]',
  'x[1h30m:5m] offset -1w @ 1.5e3',
  'x @ start() offset 1d2h',
  'x[5m] @ end()',
  'max_over_time(rate(x[1m])[1h:30s] @ 0x10 offset 5)',
  'x offset 5m @ -100.25',
  'x[300]',
  'histogram_quantile(0.9, sum by (le) (rate(x_bucket[5m])))',
  'label_replace(x, "a.b", "$1-${name}", "c", "(.*)")',
  'label_join(x, "a", ",", "b", "c", "d")',
  'clamp(x, 1, 2) + clamp_min(x, 0) + round(x) + round(x, 0.5)',
  'time() - timestamp(x) + vector(1) - scalar(y) + pi()',
  'absent(x{a="b"}) or absent_over_time(x[5m])',
  'sort_by_label(x, "a", "b")',
  'info(x, {__name__="build_info", v=~".+"})',
  'double_exponential_smoothing(x[5m], 0.5, 0.5)',
  'quantile_over_time(0.5, x[5m])',
  'predict_linear(x[1h], 4 * 3600)',
  'day_of_week() == 1 and hour(x) > 5',
  '1_000.5e3 + 0x1F - .5 + 1e-3 + Inf - NaN + 1h30m + 010',
  '"a string \\n \\x41 \\u00e9 \\U0001F600 \\101 \\\\ \\""',
  "'single \\' quoted'",
  '`back \\ tick`',
  'x # a comment\n+ y',
  'x\n  + on (a)\n  y{b="ü"}\n  * z',
  '"ü" + x{ö="1"}',
  '{"ä.ö"}[5m] + y',
  'sum by (by, on, group_left, offset, sum, without, bool) (by)',
  'start + end + offset + by + sum + and_ + inf_x',
  'avg(stddev(stdvar(group(count(min(max(bottomk(1, x))))))))',
  '((((x))))',
  'rate(x{a="b",}[5m:])',
  'sum(sum(x) by (a)) without (b)',
];

/** Put in place of a token, or before it. */
const INTRUDERS: readonly string[] = [
  '(', ')', '{', '}', '[', ']', ',', ':', '=', '==', '!', '!=', '=~', '!~', '~', '+', '-', '*', '/', '%', '^', '<', '>', '<=', '@',
  'by', 'without', 'on', 'ignoring', 'group_left', 'group_right', 'bool', 'offset', 'start', 'end', 'start()', 'and', 'or', 'unless',
  'atan2', 'sum', 'topk', 'count_values', 'limitk', 'rate', 'time()', 'nosuch(x)', 'x', 'a:b', ':', '_', '5', '5m', '-5m', '0', '0s',
  '1e400', '5mm', '1m1h', '0x', '1_', '1__0', '.', '..', '1.2.3', 'Inf', 'nan', '1h30', '""', "''", '"a"', '`b`', '"a', "'", '`', '"\\q"',
  '"\\xZZ"', '"\\u12"', '"\\400"', '[5m]', '[5m:1m]', '[0]', '[-1]', '[5m:0s]', '[]', '[x]', '()', '{}', '{a="b"}', '{a}', '{="b"}', '{"a"}',
  '{__name__="q"}', '{a=~"("}', '{a="b" c="d"}', '(a)', '(1)', '("a.b")', '("")', '$', '&', ';', '\\', '?', 'ü', '\u{1f600}', '\u0000', '\n', '\t', '#', '# c\n',
  'offset 5m', 'offset -5', '@ 5', '@ end()', '@ x', 'by (a)', 'group_left ()', 'on (a)', '> bool', '1 2', 'x y', '== bool 1',
];

const TOKEN = /\s+|#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|`[^`]*`|[\p{L}_:][\p{L}\p{N}_:]*|[0-9.][\w.]*|[=!]~|[=!<>]=|./gsu;

/** All mutations of one query, each once. */
function mutationsOf(query: string): string[] {
  const tokens = query.match(TOKEN) ?? [];
  const found = new Set<string>();
  const add = (parts: readonly string[]) => found.add(parts.join(''));
  tokens.forEach((token, i) => {
    const before = tokens.slice(0, i);
    const after = tokens.slice(i + 1);
    add([...before, ...after]);
    add([...before, token, token, ...after]);
    add([...before, token, ' ', token, ...after]);
    add(before);
    add(tokens.slice(i));
    add([...before, token.slice(0, -1), ...after]);
    add([...before, token.toUpperCase(), ...after]);
    const next = after[0];
    if (next !== undefined) add([...before, next, token, ...after.slice(1)]);
    for (const intruder of INTRUDERS) {
      add([...before, intruder, ...after]);
      add([...before, ' ', intruder, ' ', token, ...after]);
    }
  });
  found.delete(query);
  return [...found];
}

/** About `count` queries, most of them wrong, evenly taken from all mutations of all seeds, and the seeds. */
export function mutatedQueries(count: number): string[] {
  const all = SEEDS.flatMap(mutationsOf);
  const stride = Math.max(1, all.length / count);
  const chosen = new Set<string>(SEEDS);
  for (let at = 0; at < all.length; at += stride) chosen.add(all[Math.floor(at)] as string);
  return [...chosen];
}
