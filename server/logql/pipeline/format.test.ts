import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../model/fake-clock.ts';
import { labelsOf, runLine } from './testing/run-pipeline.ts';

const format = (template: string, line = '', timestampNs = 0n) =>
  runLine(`| logfmt | line_format \`${template}\``, line, { timestampNs })?.line;

describe('line_format', () => {
  it('writes labels', () => {
    expect(format('{{.a}}-{{ .b }}{{.missing}}!', 'a=1 b="x y"')).toBe('1-x y!');
    expect(format('{{if .a}}A{{else}}B{{end}}{{range $k, $v := .}} {{$k}}={{$v}}{{end}}', 'a=1 b=2')).toBe('A a=1 b=2');
    expect(format('{{ __line__ | upper }} {{ __timestamp__ | unixEpochNanos }}', 'a=1', 1_700_000_000_123_456_789n)).toBe(
      'A=1 1700000000123456789',
    );
  });

  it.each([
    ['{{ "hello world" | title }}', 'Hello World'],
    ['{{ trunc 2 "hello" }}{{ trunc -3 "hello" }}{{ trunc 9 "hi" }}', 'hellohi'],
    [
      '{{ substr 0 5 "hello world" }}|{{ substr 6 -1 "hello world" }}|{{ substr -1 4 "hello" }}|{{ substr 1 99 "abc" }}',
      'hello|world|hell|bc',
    ],
    ['{{ "a b c" | replace " " "_" }}|{{ Replace "a b c" " " "_" 1 }}|{{ Replace "aa" "a" "b" -1 }}', 'a_b_c|a_b c|bb'],
    [
      '{{ trim "  x " }}|{{ trimAll "$" "$5.00$" }}|{{ trimPrefix "-" "-a-" }}|{{ trimSuffix "-" "-a-" }}|{{ TrimSpace " x " }}',
      'x|5.00|a-|-a|x',
    ],
    [
      '{{ Trim "!!a!!" "!" }}|{{ TrimLeft "xxa" "x" }}|{{ TrimRight "axx" "x" }}|{{ TrimPrefix "ab" "a" }}|{{ TrimSuffix "ab" "b" }}',
      'a|a|a|b|a',
    ],
    ['{{ indent 2 "a\\nb" }}|{{ nindent 1 "a" }}|{{ repeat 3 "ab" }}', '  a\n  b|\n a|ababab'],
    [
      '{{ contains "he" "hello" }} {{ hasPrefix "he" "hello" }} {{ hasSuffix "he" "hello" }} {{ eq 1 1 }} {{ ne "a" "b" }} {{ lt 1 2 }}',
      'true true false true true true',
    ],
    ['{{ add 3 2 5 }} {{ sub 5 2 }} {{ mul 5 2 3 }} {{ div 10 3 }} {{ mod 10 3 }} {{ add "4" .n }}', '10 3 30 3 1 7'],
    ['{{ addf 3.5 2 }} {{ addf 0.1 0.2 }} {{ subf 5.5 2 1.5 }} {{ mulf 5.5 2 }} {{ divf 10 2 4 }}', '5.5 0.3 2 11 1.25'],
    [
      '{{ max 1 2 3 }} {{ min 3 1 2 }} {{ maxf 1.5 2 }} {{ minf 1.5 2 }} {{ ceil 123.001 }} {{ floor 123.9 }} {{ round 123.555555 3 }} {{ round 2.5 0 }}',
      '3 1 2 1.5 124 123 123.556 3',
    ],
    ['{{ int "123" }} {{ float64 "3.5" }} {{ int 3.9 }} {{ int "x" }}', '123 3.5 3 0'],
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Go's notation of a group
    ['{{ regexReplaceAll "a(x*)b" "-ab-axxb-" "${1}W" }}', '-W-xxW-'],
    ['{{ regexReplaceAllLiteral "a(x*)b" "-ab-" "$1" }}', '-$1-'],
    ['{{ count "a|b" "abcab" }} {{ default "-" "" }} {{ default "-" .n }}', '4 - 3'],
    ['{{ urlencode "a b&c" }} {{ urldecode "a%20b+c" }} {{ b64enc "hi" }} {{ b64dec "aGk=" }}', 'a+b%26c a b c aGk= hi'],
    ['[{{ alignLeft 5 "hi" }}][{{ alignLeft 2 "hello" }}][{{ alignRight 5 "hi" }}][{{ alignRight 2 "hello" }}]', '[hi   ][he][   hi][lo]'],
    ['{{ duration "1m30s" }} {{ duration_seconds "250ms" }} {{ bytes "2 KB" }}', '90 0.25 2000'],
    ['{{ with fromJson "{\\"a\\":[{\\"b\\":1.5}]}" }}{{ range .a }}{{ .b }}{{ end }}{{ end }}{{ fromJson "x" }}', '1.5'],
    [
      '{{ unixToTime "1679577215" | date "2006-01-02T15:04:05Z07:00" }} {{ unixToTime "1679577215000" | unixEpoch }} {{ unixToTime "19503" | date "2006-01-02" }}',
      '2023-03-23T13:13:35Z 1679577215 2023-05-26',
    ],
    ['{{ toDate "2006-01-02 15:04:05" "2021-11-02 10:11:12.5" | unixEpochMillis }}', '1635847872500'],
    [
      '{{ toDateInZone "2006-01-02 15:04" "Europe/Berlin" "2021-07-01 12:00" | unixEpoch }} {{ toDateInZone "2006-01-02" "UTC" "1970-01-02" | unixEpoch }}',
      '1625133600 86400',
    ],
    ['{{ toDate "02/Jan/2006:15:04:05 -0700" "10/Jun/2021:09:14:29 +0200" | date "Mon Jan _2 3:04PM" }}', 'Thu Jun 10 7:14AM'],
    ['{{ ToLower "A" }}{{ ToUpper "b" }}{{ lower "C" }}{{ .n | printf "%5s" }}', 'aBc    3'],
  ])('%s', (template, expected) => {
    expect(format(template.replaceAll('\\n', '\n').replace('"a\nb"', '"a\\nb"'), 'n=3')).toBe(expected);
  });

  it('writes times to the nanosecond', () => {
    expect(format('{{ __timestamp__ | date "2006-01-02T15:04:05.000000000Z07:00" }}', '', 1_700_000_000_000_000_007n)).toBe(
      '2023-11-14T22:13:20.000000007Z',
    );
    expect(format('{{ __timestamp__ }}', '', 1_700_000_000_120_000_000n)).toBe('2023-11-14 22:13:20.12 +0000 UTC');
  });

  it('takes now from the clock', () => {
    const clock = new FakeClock(1_700_000_000_000);
    expect(runLine('| line_format `{{ now | unixEpoch }}`', '', { clock })?.line).toBe('1700000000');
  });

  it.each([
    '{{ div 1 0 }}',
    '{{ .a.b }}',
    '{{ unixToTime "12" }}',
    '{{ bytes "x" }}',
    '{{ toDate "2006" "x" }}',
    '{{ repeat 99999999 "x" }}',
    '{{ regexReplaceAll "(" "a" "b" }}',
    '{{ toDate "2006-01-02" "2021-02-30" }}',
  ])('leaves the line and notes an error for %s', (template) => {
    const outcome = runLine(`| logfmt | line_format \`${template}\``, 'a=1');
    expect(outcome?.line).toBe('a=1');
    expect(outcome?.labels.__error__).toBe('TemplateFormatErr');
    expect(outcome?.labels.__error_details__).toMatch(/template: line:1/);
  });

  it('refuses what is no template', () => {
    expect(() => format('{{ .a')).toThrow(/invalid line template: template: line:1/);
    expect(() => format('{{ nosuch .a }}')).toThrow(/function "nosuch" not defined/);
  });
});

describe('label_format', () => {
  it('renames and computes', () => {
    expect(labelsOf('| logfmt | label_format b=a, c="{{.x}}!", d=missing', 'a=1 x=2')).toEqual({ b: '1', x: '2', c: '2!' });
    expect(labelsOf('| label_format env="{{.env | upper}}"', '', { stream: { env: 'dev' } })).toEqual({ env: 'DEV' });
    expect(labelsOf('| label_format b=a', '', { stream: { a: '1' } })).toEqual({ b: '1' });
  });

  it('shows templates the labels as they were', () => {
    expect(labelsOf('| logfmt | label_format a="new", b="{{.a}}"', 'a=old')).toEqual({ a: 'new', b: 'old' });
  });

  it('notes errors', () => {
    expect(labelsOf('| label_format a="{{ div 1 0 }}"', '')).toMatchObject({ __error__: 'TemplateFormatErr' });
  });
});
