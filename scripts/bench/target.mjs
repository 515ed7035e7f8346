// A scrape target of many series, about two thirds of which change with every scrape.
//   node scripts/bench/target.mjs --port PORT [--series 10000]       /metrics; /stats: how often it was scraped
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({ options: { port: { type: 'string' }, series: { type: 'string', default: '10000' } } });
const count = Number(options.series);
const BOUNDS = ['0.005', '0.01', '0.025', '0.05', '0.1', '0.25', '0.5', '1', '+Inf'];

/** Names with labels, family by family. */
function names() {
  const families = new Map([
    ['requests_total counter', []],
    ['latency_seconds histogram', []],
    ['temperature_celsius gauge', []],
  ]);
  for (let i = 0; i * 15 < count; i++) {
    const labels = `service="service-${i % 50}",pod="service-${i % 50}-${(i * 2_654_435_761) % 1e9}",endpoint="/v1/predict/${i}"`;
    families.get('requests_total counter').push(...['200', '404', '500'].map((status) => `requests_total{${labels},status="${status}"}`));
    const latency = BOUNDS.map((le) => `latency_seconds_bucket{${labels},le="${le}"}`);
    families.get('latency_seconds histogram').push(...latency, `latency_seconds_sum{${labels}}`, `latency_seconds_count{${labels}}`);
    families.get('temperature_celsius gauge').push(`temperature_celsius{${labels}}`);
  }
  return families;
}

const families = [...names()];
const values = new Map(families.map(([family, series]) => [family, new Float64Array(series.length)]));
let scrapes = 0;

function body() {
  const parts = [];
  let written = 0;
  for (const [family, series] of families) {
    parts.push(`# TYPE ${family}\n`);
    const current = values.get(family);
    for (let i = 0; i < series.length && written < count; i++, written++) {
      if ((i + scrapes) % 3 > 0) current[i] += family.endsWith('gauge') ? (scrapes % 7) - 3 : 1 + (i % 20);
      parts.push(`${series[i]} ${series[i].includes('_sum{') ? current[i] * 0.0137 : current[i]}\n`);
    }
  }
  scrapes++;
  return parts.join('');
}

createServer((request, response) => {
  const isScrape = request.url.startsWith('/metrics');
  response.setHeader('Content-Type', isScrape ? 'text/plain; version=0.0.4; charset=utf-8' : 'application/json');
  response.end(isScrape ? body() : JSON.stringify({ scrapes, series: count }));
}).listen(Number(options.port), '127.0.0.1');
