// Rule templates against promtool: every text is expanded by both, results and error texts must be equal.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isAppError, messageOf } from '../server/model/app-error.ts';
import { unquoteGo } from '../server/template/quote.ts';
import { expandRuleTemplate } from '../server/template/rule-template.ts';
import { checkTemplate } from '../server/template/template.ts';

const promtool = fileURLToPath(new URL('../.cache/peers/prometheus-3/usr/bin/promtool', import.meta.url));
const isThere = existsSync(promtool);

interface Case {
  readonly text: string;
  readonly value: number;
}

/** PromQL of a number. */
function exprOf(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? String(value) : value > 0 ? '+Inf' : '-Inf';
}

/** What promtool makes of every text, all in one run. */
function byPromtool(cases: readonly Case[]): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'alidade-templates-'));
  try {
    const rules = cases.map(({ text, value }, i) => ({
      alert: `A${i}`,
      expr: `label_replace(vector(${exprOf(value)}), "instance", "db.example.org:9100", "", "")`,
      annotations: { a: text },
    }));
    writeFileSync(join(dir, 'rules.yml'), JSON.stringify({ groups: [{ name: 'g', rules }] }));
    const input_series = [
      { series: 'up{instance="b",job="x"}', values: '2x5' },
      { series: 'up{instance="a",job="x"}', values: '1x5' },
    ];
    const alert_rule_test = rules.map(({ alert }) => ({
      eval_time: '1m',
      alertname: alert,
      exp_alerts: [{ exp_labels: { never: 'equal' } }],
    }));
    writeFileSync(
      join(dir, 'test.yml'),
      JSON.stringify({ rule_files: ['rules.yml'], evaluation_interval: '1m', tests: [{ interval: '1m', input_series, alert_rule_test }] }),
    );
    const { stdout, stderr } = spawnSync(promtool, ['test', 'rules', join(dir, 'test.yml')], { encoding: 'utf8', maxBuffer: 1 << 28 });
    const answers: (string | undefined)[] = cases.map(() => undefined);
    for (const [, index, quoted] of `${stdout}\n${stderr}`.matchAll(
      /alertname="A(\d+)"[^\n]*\n\s*Annotations:\{(?:a=("(?:[^"\\]|\\.)*"))?\}/g,
    ))
      answers[Number(index)] = quoted === undefined ? '' : unquoteGo(quoted);
    return answers.map((answer, i) => answer ?? `promtool gave nothing for ${cases[i]?.text}: ${stderr.slice(0, 500)}`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

async function byAlidade({ text, value }: Case, i: number): Promise<string> {
  try {
    return await expandRuleTemplate(text, {
      name: `__alert_A${i}`,
      labels: { instance: 'db.example.org:9100' },
      externalLabels: {},
      externalUrl: '',
      value,
      timeMs: 60_000,
      async query(expr) {
        if (expr !== 'sort_desc(up)') return [];
        return ['b', 'a'].map((instance, j) => ({ labels: { __name__: 'up', instance, job: 'x' }, value: 2 - j }));
      },
    });
  } catch (error) {
    if (isAppError(error)) return `<error expanding template: ${error.message}>`;
    throw error;
  }
}

async function expectEqual(cases: readonly Case[]): Promise<void> {
  const wanted = byPromtool(cases);
  const given = await Promise.all(cases.map(byAlidade));
  const different = cases.flatMap(({ text, value }, i) =>
    given[i] === wanted[i] ? [] : [{ text, value, wanted: wanted[i], given: given[i] }],
  );
  expect(different).toEqual([]);
}

const NUMBERS = [
  0,
  -0,
  1,
  -1,
  0.5,
  0.1,
  1 / 3,
  2 / 3,
  0.999949,
  0.99995,
  0.9999999,
  1.00005,
  9.9995,
  59.9,
  60,
  61.5,
  99.995,
  100,
  999.94,
  999.95,
  999.999,
  1000,
  1023.9,
  1024,
  1025,
  3599.99,
  3600,
  3661,
  86399,
  86400,
  90061.7,
  -90061.7,
  123456,
  1234567.891,
  1048576,
  1e6,
  1e9,
  1.5e9,
  1435065584.128,
  1e12,
  1e15,
  1e18,
  1e21,
  1e24,
  1e27,
  1e30,
  1.7e308,
  0.01,
  0.001,
  0.0015,
  1e-4,
  1e-5,
  1.23456e-6,
  1e-9,
  1e-12,
  1e-15,
  1e-18,
  1e-24,
  1e-27,
  5e-324,
  -0.0123,
  2.5,
  0.25,
  0.125,
  12.345,
  123.45,
  1234.5,
  0.00012345,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  2 ** 53,
  4294967296,
];
const FORMATS = [
  '{{ $value }}|{{ humanize $value }}|{{ humanize1024 $value }}|{{ humanizeDuration $value }}|{{ humanizePercentage $value }}',
  '{{ humanizeTimestamp $value }}',
  '{{ printf "%v %.2f %f %e %g %.3g %.0f %.0e %G %E %8.2f %-8.1f| %08.2f %+.1f % .1f" $value $value $value $value $value $value $value $value $value $value $value $value $value $value $value }}',
  '{{ printf "%s %d %q %x %t %T %c" $value $value $value $value $value $value $value }}',
];
const TEXTS = `
{{ $labels.instance }} {{ .Labels.instance }} {{ $labels.none }} {{ .Value }}
{{ if gt $value 0.5 }}high{{ else if lt $value 0.1 }}low{{ else }}mid{{ end }}
{{ with $labels.none }}x{{ else with $labels.instance }}{{ . }}{{ end }}
{{ range $i, $x := query "sort_desc(up)" }}{{ $i }}={{ $x.Labels.instance }}:{{ .Value }} {{ end }}
{{ query "sort_desc(up)" | first | value }} {{ query "sort_desc(up)" | first | label "instance" }} {{ query "sort_desc(up)" | sortByLabel "instance" | first | value }}
{{ range query "none" }}x{{ else }}nobody{{ end }}
{{ query "none" | first }}
{{ define "t" }}<{{ .arg0 }} {{ .arg1 }} {{ .arg2 }}>{{ end }}{{ template "t" (args "a" 1) }}
{{ template "nope" }}
{{ block "b" . }}[{{ .Value }}]{{ end }}
{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $x := 3 }}{{ end }}{{ $x }}
{{ range $k, $v := args 1 "b" 3.5 }}{{ $k }}={{ $v }};{{ end }}
{{ range $x := args 1 2 3 }}{{ if eq $x 2 }}{{ continue }}{{ end }}{{ $x }}{{ end }}
{{ range 3 }}{{ . }}{{ break }}{{ end }} {{ range $i := 3 }}{{ $i }}{{ end }}
{{ stripPort "[::1]:80" }} {{ stripPort "a:b:c" }} {{ stripPort "x" }} {{ stripPort "x:" }} {{ stripPort ":80" }}
{{ stripDomain "a.b.c:80" }} {{ stripDomain "10.0.0.1:80" }} {{ stripDomain "[::1]:80" }} {{ stripDomain "::1" }} {{ stripDomain "a.b" }} {{ stripDomain "a.b:" }}
{{ reReplaceAll "(.*):(.*)" "$2-\${1}" $labels.instance }} {{ reReplaceAll "a(x*)" "<$1y>" "baaac" }} {{ reReplaceAll "" "-" "ab" }}
{{ reReplaceAll "(?P<host>[a-z]+)" "$host." "ab cd" }} {{ reReplaceAll "b" "$$" "abc" }} {{ reReplaceAll "b" "$9" "abc" }}
{{ match "^db" $labels.instance }} {{ match "x.*y" "axby" }} {{ match "(" "x" }}
{{ title "hello wORLD it's o-k foo_bar x1y élan" }} {{ toUpper "äbc" }} {{ toLower "ÄBC" }}
{{ graphLink "up == 0" }} {{ tableLink "rate(x{a=\\"b\\"}[5m]) > 1" }}
{{ humanize "12345" }} {{ humanize "x" }}
{{ humanize 12345 }} {{ humanizeDuration 3661 }} {{ humanizePercentage 1 }} {{ humanize true }}
{{ (toTime 1435065584).Format "Mon Jan _2 15:04:05 2006" }} {{ (toTime $value).Year }} {{ toTime "1435065584.5" }}
{{ (1435065584.128 | toTime).Format "2006-01-02T15:04:05.000Z07:00 PM 3 1 2 06 January Monday" }}
{{ parseDuration "1h30m" }}
{{ $externalURL }}|{{ $externalLabels.none }}
{{ and 1 0 }} {{ and 1 2 }} {{ or 0 "x" }} {{ or 0 "" }} {{ not true }} {{ not 0 }}
{{ len "äb" }} {{ len $labels }} {{ index $labels "instance" }} {{ index $labels "none" }}| {{ slice "hello" 1 3 }} {{ slice "hello" 2 }}
{{ len 3 }}
{{ index "abc" 1 }} {{ index "abc" 5 }}
{{ index $labels 1 }}
{{ slice "hello" 4 2 }}
{{ html "<a&'\\">" }} {{ js "it's <b>=\\"x\\"&" }} {{ urlquery "a b&c/ä~(!)*'" }}
{{ eq 1 1 }} {{ eq "a" "b" "a" }} {{ ne 1 2 }} {{ lt 1 2 }} {{ le 2 2 }} {{ gt "b" "a" }} {{ ge 1.5 1.5 }} {{ eq $value 1.0 }}
{{ eq $value 1 }}
{{ gt $value 1 }}
{{ lt true false }}
{{ eq 1 }}
{{ eq $labels $labels }}
{{ print 1 2 "a" "b" 3 4 true nil }} {{ println "x" 1 }}{{ print }}
{{ printf "%d" "x" }} {{ printf "%d" }} {{ printf "a" 1 "b" }} {{ printf "%!" }} {{ printf "%z" 1 }} {{ printf "%" }}
{{ printf "%5d|%-5d|%05d|%+d|%x|%X|%o|%b|%c|%q|%U|%#x" 42 42 42 42 255 255 8 5 65 65 9731 255 }}
{{ printf "%s|%10s|%-10s|%.2s|%q|%x|%X|% x|%v|%T" "hé" "hé" "hé" "hello" "a\\"b\\n" "hi" "hi" "hi" "v" "t" }}
{{ printf "%t %v %s %d" true false true true }}
{{ printf "%v %s %d %T" $labels $labels $labels 1 }}
{{ printf "%[2]d %[1]d" 1 2 }} {{ printf "%*d" 5 1 }} {{ printf "%.*f" 2 3.14159 }}
{{ printf "%v" nil }} {{ printf "%s" nil }}
{{ $labels }}
{{ query "sort_desc(up)" | len }}
{{ "quoted\\tstring" }} {{ \`raw\\n\` }} {{ 'a' }} {{ 0x1F }} {{ 1_000 }} {{ 0b101 }} {{ 0o17 }} {{ 017 }} {{ 1e3 }} {{ .5 }} {{ -1 }} {{ +2 }} {{ 1.0 }}
x {{- " a " -}} y {{- /* comment */ -}} z {{/* other */}} w
{{ "a" | printf "%s-%s" "b" | toUpper | len }}
{{ (query "sort_desc(up)" | first).Labels.instance }} {{ (index (query "sort_desc(up)") 1).Value }}
{{ .Nope }}
{{ .Labels.a.b }}
{{ $value.x }}
{{ $labels.instance.x }}
{{ stripPort 1 }}
{{ stripPort $value }}
{{ stripPort }}
{{ stripPort "a" "b" }}
{{ 1 | stripPort }}
{{ "a" 1 }}
{{ $value 1 }}
{{ nil }}
{{ .Labels "x" }}
{{ range $value }}{{ end }}
{{ range "abc" }}{{ . }}{{ end }}
{{ len nil }}
{{ call 1 }}
{{ index nil 1 }}
{{ safeHtml "<b>" }} {{ true }} {{ false }}
{{ template "x" . }}{{ define "x" }}{{ .Nope }}{{ end }}
{{ printf "%d %s" (len $labels) (toUpper $labels.instance) }}
{{ if and (gt $value 0.5) (lt $value 1.5) }}within{{ end }}{{ if or (eq "a" "b") (eq 1 1) }} either{{ end }}
{{ if not (eq $labels.instance "x") }}other{{ end }}
{{ $a := "x" }}{{ $b := print $a "y" }}{{ $b }}{{ with $c := $b }}{{ $c }}{{ end }}
{{ printf "%6.2f%%" $value }} {{ printf "%3c|%-3c|" 65 66 }}
{{ $x = 1 }}
{{ if true }}{{ $y := 1 }}{{ end }}{{ $y = 2 }}
{{ strvalue (query "sort_desc(up)" | first) }}
`
  .trim()
  .split('\n');

describe.skipIf(!isThere)('rule templates are those of promtool (skipped without .cache/peers: run node scripts/peers.mjs)', () => {
  it('in every number format', async () => {
    await expectEqual(NUMBERS.flatMap((value) => FORMATS.map((text) => ({ text, value }))));
  });

  it('in random numbers', async () => {
    // A generator with a fixed seed: the same numbers in every run.
    let seed = 42;
    const next = () => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return seed / 2 ** 31;
    };
    const numbers = Array.from({ length: 250 }, () => (next() - 0.3) * 10 ** Math.floor(next() * 60 - 30));
    const rounded = Array.from({ length: 150 }, () =>
      Number((next() * 10 ** Math.floor(next() * 8)).toPrecision(1 + Math.floor(next() * 6))),
    );
    await expectEqual([...numbers, ...rounded].flatMap((value) => FORMATS.slice(0, 3).map((text) => ({ text, value }))));
  });

  it('in everything else', async () => {
    await expectEqual(TEXTS.map((text) => ({ text, value: 1 })));
  });
});

const BROKEN = `
{{ $value | nope }}
{{ if }}x{{ end }}
{{ if true }}x
{{ range }}{{ end }}
{{ with }}{{ end }}
{{ end }}
{{ else }}
{{ $nope }}
{{ $labels.a
{{ "abc }}
{{ \`abc }}
{{ 'ab' }}
{{ ( 1 }}
{{ 1 ) }}
{{ }}
{{ | }}
{{ 1 | 2 }}
{{ $value || 2 }}
{{ 1 & 2 }}
{{ 1 # 2 }}
{{ é }}
{{ § }}
{{ .a$b }}
{{ a.b }}
{{ nil.x }}
{{ 1.x }}
{{ "x".y }}
{{ break }}
{{ continue }}
{{ range 3 }}{{ break 1 }}{{ end }}
{{ template }}
{{ template foo }}
{{ template "x" . | printf }}{{ define "x" }}{{ end }}
{{ define x }}{{ end }}
{{ define "x" }}
{{ define "x" }}a{{ end }}{{ define "x" }}b{{ end }}
{{ if true }}{{ define "x" }}{{ end }}{{ end }}
{{ $x = 1 }}
{{ $x, $y := 1 }}
{{ range $x, $y, $z := 1 }}{{ end }}
{{ range $x, 1 := 1 }}{{ end }}
{{ : }}
{{ $x :
{{ /* comment
{{ /* comment */ x }}
{{/* comment */ x }}
{{ 1x }}
{{ 0xg }}
{{ 1e }}
{{ 99999999999999999999 }}
{{ "\\q" }}
{{ if true }}a{{ else }}b{{ else }}c{{ end }}
{{ if true }}a{{ else with 1 }}b{{ end }}
{{ with 1 }}a{{ else if true }}b{{ end }}
{{ range 1 }}a{{ else if true }}b{{ end }}
{{ printf "%d" 1 | }}
{{ block "x" }}{{ end }}
{{ true.x }}
{{ ..x }}
{{ .x..y }}
{{ else if true }}
{{ end if }}
{{ printf "a
b" }}
{{- 1 -}} {{ 2 - }}
{{ thisnameisverylong thing }}
{{ "thisnameisverylong"thing }}
`
  .trim()
  .split('\n');

describe.skipIf(!isThere)(
  'templates that are none are refused as by promtool (skipped without .cache/peers: run node scripts/peers.mjs)',
  () => {
    it('with the same words and lines', () => {
      const dir = mkdtempSync(join(tmpdir(), 'alidade-templates-'));
      const wanted = BROKEN.map((text) => {
        const rules = [{ alert: 'X', expr: 'up', annotations: { a: text } }];
        writeFileSync(join(dir, 'rules.yml'), JSON.stringify({ groups: [{ name: 'g', rules }] }));
        const { stderr } = spawnSync(promtool, ['check', 'rules', join(dir, 'rules.yml')], { encoding: 'utf8' });
        return /annotation "a": (.*)/.exec(stderr)?.[1]?.replace('__alert_X', 'rule').replaceAll('__alert_X', 'rule');
      });
      rmSync(dir, { recursive: true, force: true });
      const given = BROKEN.map((text) => {
        try {
          checkTemplate(text);
          return undefined;
        } catch (error) {
          return messageOf(error);
        }
      });
      expect(BROKEN.flatMap((text, i) => (given[i] === wanted[i] ? [] : [{ text, wanted: wanted[i], given: given[i] }]))).toEqual([]);
    });
  },
);
