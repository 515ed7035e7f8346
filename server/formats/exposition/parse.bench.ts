// 10,000 series in 1.3 MB: known lines (a scrape like the last one), unknown lines, unknown lines with labels, and a baseline that
// splits text into strings. Run with `vitest bench --project server server/formats/exposition`.
import { bench, describe } from 'vitest';
import { ExpositionParser } from './parse.ts';

const SERIES = 10_000;

function buildBody(): Buffer {
  let text = '';
  for (let i = 0; i < SERIES; i++) {
    const family = Math.floor(i / 50);
    if (i % 50 === 0)
      text += `# HELP http_requests_family_${family}_total Requests that were answered.\n# TYPE http_requests_family_${family}_total counter\n`;
    const labels = `method="GET",handler="/api/v1/items/${i % 10}",status="200",instance_id="node-${i}",region="eu-west-1",team="platform"`;
    text += `http_requests_family_${family}_total{${labels}} ${i % 3 === 0 ? (i * 1.2345678901234567) / 7 : i * 17}\n`;
  }
  return Buffer.from(text);
}

const body = buildBody();
const ranges: (readonly [number, number])[] = [];
const first = new ExpositionParser(body);
for (let entry = first.next(); entry !== 'end'; entry = first.next())
  if (entry === 'series') ranges.push([first.seriesStart, first.seriesEnd]);

describe(`${SERIES} series, ${(body.length / 1e6).toFixed(2)} MB`, () => {
  bench('known lines', () => {
    const parser = new ExpositionParser(body);
    let sum = 0;
    for (let i = 0; ; ) {
      const range = ranges[i];
      if (range && parser.skipKnown(body, range[0], range[1])) i++;
      else if (parser.next() === 'end') break;
      sum += parser.value;
    }
    return void sum;
  });

  bench('unknown lines', () => {
    const parser = new ExpositionParser(body);
    let sum = 0;
    while (parser.next() !== 'end') sum += parser.value;
    return void sum;
  });

  bench('unknown lines with labels', () => {
    const parser = new ExpositionParser(body);
    let count = 0;
    for (let entry = parser.next(); entry !== 'end'; entry = parser.next()) if (entry === 'series') count += parser.labels().length;
    return void count;
  });

  bench('baseline: split into strings and a map of labels', () => {
    let sum = 0;
    for (const line of body.toString('utf8').split('\n')) {
      if (line === '' || line.startsWith('#')) continue;
      const brace = line.indexOf('{');
      const close = line.lastIndexOf('}');
      const labels = new Map<string, string>();
      for (const [, name, value] of line.slice(brace + 1, close).matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g))
        labels.set(name as string, value as string);
      sum += Number(line.slice(close + 1)) + labels.size;
    }
    return void sum;
  });
});
