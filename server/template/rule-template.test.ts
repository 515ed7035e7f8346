import { describe, expect, it } from 'vitest';
import { expandRuleTemplate, type RuleTemplateContext } from './rule-template.ts';
import { checkTemplate } from './template.ts';

const context: RuleTemplateContext = {
  name: '__alert_X',
  labels: { instance: 'db.example.org:9100', job: 'node' },
  externalLabels: { region: 'eu' },
  externalUrl: 'http://localhost:9090/prom',
  value: 0.1234567,
  timeMs: 1_500_000,
  async query(expr) {
    if (expr === 'bad') throw new Error('no such thing');
    return expr === 'none'
      ? []
      : [
          { labels: { instance: 'b' }, value: 2 },
          { labels: { instance: 'a' }, value: 1 },
        ];
  },
};
const expand = (text: string, over: Partial<RuleTemplateContext> = {}) => expandRuleTemplate(text, { ...context, ...over });
const where = (text: string) =>
  expand(text).then(
    (out) => `no error: ${out}`,
    (error: Error) => error.message,
  );

describe('expandRuleTemplate', () => {
  it.each([
    ['plain', 'plain'],
    ['{{ $labels.instance }}: {{ $value }}', 'db.example.org:9100: 0.1234567'],
    ['{{ $value | humanizePercentage }}', '12.35%'],
    [
      '{{ printf "%.2f|%5.1f|%-6s|%06.2f|%+d|%q|%x|%t|%e|%g|%%" .Value .Value "ab" .Value 3 "a\\"b" "hi" true .Value .Value }}',
      '0.12|  0.1|ab    |000.12|+3|"a\\"b"|6869|true|1.234567e-01|0.1234567|%',
    ],
    ['{{ printf "%d" "x" }} {{ printf "%d" }} {{ printf "a" 1 "b" }}', '%!d(string=x) %!d(MISSING) a%!(EXTRA int=1, string=b)'],
    ['{{ if gt $value 0.1 }}high{{ else if gt $value 0.01 }}mid{{ else }}low{{ end }}', 'high'],
    ['{{ with $labels.job }}[{{ . }}]{{ end }}{{ with $labels.none }}x{{ else }}-{{ end }}', '[node]-'],
    ['{{ range $i, $x := query "up" | sortByLabel "instance" }}{{ $i }}={{ $x.Labels.instance }}:{{ .Value }} {{ end }}', '0=a:1 1=b:2 '],
    ['{{ range query "none" }}x{{ else }}nobody{{ end }}', 'nobody'],
    ['{{ query "up" | first | value }} {{ query "up" | first | label "instance" }}', '2 b'],
    ['{{ range $k, $v := $labels }}{{ $k }};{{ end }}', 'instance;job;'],
    ['{{ define "t" }}<{{ .arg0 }} {{ .arg1 }}>{{ end }}{{ template "t" (args "a" 1) }}', '<a 1>'],
    ['a {{- " b " -}} c', 'a b c'],
    ['{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ end }}{{ $x }}', '2'],
    ['{{ range $i, $e := args 1 2 3 }}{{ if eq $i "arg1" }}{{ continue }}{{ end }}{{ $e }}{{ end }}', '13'],
    ['{{ range query "up" }}{{ .Value }}{{ break }}{{ end }}', '2'],
    [
      '{{ $labels.instance | stripPort }} {{ "db.example.org:5432" | stripDomain }} {{ "10.0.0.1:80" | stripDomain }}',
      'db.example.org db:5432 10.0.0.1:80',
    ],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Go's notation of a group.
    ['{{ reReplaceAll "(.*):(.*)" "$2-${1}" $labels.instance }} {{ match "^db" $labels.instance }}', '9100-db.example.org true'],
    [
      '{{ externalURL }} {{ pathPrefix }} {{ $externalLabels.region }} {{ $externalURL }}',
      'http://localhost:9090/prom /prom eu http://localhost:9090/prom',
    ],
    ['{{ graphLink "up == 0" }}', '/graph?g0.expr=up+%3D%3D+0&g0.tab=0'],
    [
      '{{ 1435065584.128 | humanizeTimestamp }} {{ (toTime "1435065584").Format "02 Jan 06 15:04" }}',
      '2015-06-23 13:19:44.128 +0000 UTC 23 Jun 15 13:19',
    ],
    ['{{ and 1 0 }} {{ or 0 "x" }} {{ not true }} {{ len "äb" }} {{ index $labels "job" }} {{ slice "hello" 1 3 }}', '0 x false 3 node el'],
    ['{{ html "<a&\'>" }} {{ js "it\'s" }} {{ urlquery "a b&c" }}', "&lt;a&amp;&#39;&gt; it\\'s a+b%26c"],
    ['{{ $labels.nothere }}|{{ (args 1).arg7 }}', '|<no value>'],
    ['{{/* nothing */}}{{- /* nor this */ -}} x', 'x'],
    ['{{ "a" | printf "%s-%s" "b" }} {{ println 1 "x" }}', 'b-a 1 x\n'],
    ['{{ title "hello wORLD" }} {{ parseDuration "1h30m" }} {{ 1e6 }} {{ 1.5 }} {{ 0x10 }}', 'Hello WORLD 5400 1e+06 1.5 16'],
  ])('%s', async (text, wanted) => {
    expect(await expand(text)).toBe(wanted);
  });

  it('places errors as Go does', async () => {
    const prelude = 112;
    expect(await where('{{ $value | nope }}')).toBe('error parsing template __alert_X: template: __alert_X:1: function "nope" not defined');
    expect(await where('{{ if }}x{{ end }}')).toContain('__alert_X:1: missing value for if');
    expect(await where('x{{ $labels.a')).toContain('unclosed action');
    expect(await where('{{ end }}')).toContain('unexpected {{end}}');
    expect(await where('{{ $nope }}')).toContain('undefined variable "$nope"');
    expect(await where('{{ gt $value 1 }}')).toBe(
      `error executing template __alert_X: template: __alert_X:1:${prelude + 3}: executing "__alert_X" at <gt $value 1>: error calling gt: incompatible types for comparison: float64 and int`,
    );
    expect(await where('{{ query "bad" }}')).toContain('at <query "bad">: error calling query: no such thing');
    expect(await where('{{ .Nope }}')).toContain("at <.Nope>: can't evaluate field Nope in type");
    expect(await where('{{ humanize "x" }}')).toContain('strconv.ParseFloat: parsing "x": invalid syntax');
    expect(await where('{{ stripPort 1 }}')).toContain('expected string; found 1');
  });

  it('ends templates that would not end', async () => {
    expect(await where('{{ define "t" }}{{ template "t" }}{{ end }}{{ template "t" }}')).toContain('exceeded maximum template depth');
    expect(await where('{{ range 100000000 }}x{{ end }}')).toContain('more than 1000000 steps');
  });
});

describe('checkTemplate', () => {
  it('says where a template is wrong', () => {
    expect(() => checkTemplate('ok {{ $value | humanize }} {{ now }}')).not.toThrow();
    expect(() => checkTemplate('a\n{{ $value | | }}')).toThrow('template: rule:2: unexpected "|" in command');
  });
});
