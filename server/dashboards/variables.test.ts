// biome-ignore-all lint/suspicious/noTemplateCurlyInString: Grafana writes variables that way
import { describe, expect, it } from 'vitest';
import { fillVariables } from './variables.ts';

describe('fillVariables', () => {
  const values = {
    job: 'api',
    env: ['prod', 'dev.eu'],
    one: ['a.b'],
    quoted: 'say "x"\\',
    __interval: '15s',
    regex: 'a|b',
    all: ['$__all'],
    none: [] as string[],
  };
  it.each([
    ['up{job="$job"}', 'up{job="api"}'],
    ['up{job="${job}"}[[job]]', 'up{job="api"}api'],
    ['up{env=~"$env"}', 'up{env=~"(prod|dev\\\\.eu)"}'],
    ['up{env=~"$one"}', 'up{env=~"a\\\\.b"}'],
    ['up{env="$one"}', 'up{env="a.b"}'],
    ['up{job="x",env!="$one",a=~"$one|$job"}', 'up{job="x",env!="a.b",a=~"a\\\\.b|api"}'],
    ['up{env=~"$all"} ${all:regex}', 'up{env=~".+"} .+'],
    ['up{env=~"$none"}', 'up{env=~"()"}'],
    ['up{job="$quoted"}', 'up{job="say \\"x\\"\\\\"}'],
    ['rate(x[$__interval])', 'rate(x[15s])'],
    ['${regex} up{a=~"$regex"}', 'a|b up{a=~"a\\\\|b"}'],
    ['${env:csv} ${env:pipe} ${env:raw} ${env:regex} ${env:glob}', 'prod,dev.eu prod|dev.eu prod,dev.eu (prod|dev\\.eu) {prod,dev.eu}'],
    ['${env:json} ${job:json} ${env:doublequote} ${env:singlequote}', '["prod","dev.eu"] "api" "prod","dev.eu" \'prod\',\'dev.eu\''],
    ['${env:queryparam} ${env:percentencode} ${env:text}', 'var-env=prod&var-env=dev.eu %7Bprod%2Cdev.eu%7D prod + dev.eu'],
    ['[[env:pipe]]', 'prod|dev.eu'],
    ['${job.text}', 'api'],
    ['$unknown ${unknown:csv} $1 {{$x}}', '$unknown ${unknown:csv} $1 {{$x}}'],
    ['label_replace(x, "a", "$1", "b", "(.*)")', 'label_replace(x, "a", "$1", "b", "(.*)")'],
    ['$constructor ${toString}', '$constructor ${toString}'],
  ])('%s', (text, wanted) => {
    expect(fillVariables(text, values)).toBe(wanted);
  });
});

describe('the size of a filled text', () => {
  it('has a limit that names the text', () => {
    const value = 'x'.repeat(10_000);
    expect(fillVariables('$v'.repeat(100), { v: value })).toHaveLength(1_000_000);
    expect(() => fillVariables('$v'.repeat(101), { v: value })).toThrow(/have over 1000000 characters; choose fewer values/);
  });
});
