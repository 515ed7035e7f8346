// The same bodies, scraped by a real Prometheus 3 and by us: the same series, values and report. Skipped without the peer.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import type { ScrapeConfig } from '../config/scrape-config.ts';
import { systemClock } from '../model/clock.ts';
import { Labels } from '../model/labels.ts';
import { openMemoryStore } from '../storage/memory/open.ts';
import { createScrapeManager } from './manager.ts';
import { startExposer, TEXT_FORMAT, until } from './testing/exposer.ts';
import { groupOf, jobOf, keepLog } from './testing/fixtures.ts';
import { storedSamples } from './testing/stored.ts';

const prometheus = fileURLToPath(new URL('../../.cache/peers/prometheus-3/usr/bin/prometheus', import.meta.url));

/** Of a scrape and its time limit: with less, scrapes fail where other tests leave the processors no time. */
const SECONDS = 3;

interface Case {
  readonly body: string | Uint8Array;
  readonly contentType?: string;
  readonly status?: number;
  /** Settings of the job in both notations. */
  readonly yaml?: string;
  readonly settings?: Partial<ScrapeConfig>;
}

const rawByte = (before: string, after: string) => Buffer.concat([Buffer.from(before), Buffer.from([0xff]), Buffer.from(after)]);
const HISTOGRAM =
  '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="5"} 1\nh_bucket{le="1e3"} 1\nh_bucket{le="0.50"} 1\nh_bucket{le="+Inf"} 2\nh_bucket{le="1000000"} 2\nh_bucket{le="123456.5"} 2\nh_bucket{le="0.0001"} 2\nh_bucket{le="0.00001"} 2\nh_bucket{le="123456789"} 2\nh_sum 1\nh_count 2\nother_bucket{le="7"} 1\n# TYPE s summary\ns{quantile="1"} 1\ns{le="4"} 1\n# TYPE g gauge\ng{le="9"} 1\n';

const CASES: Record<string, Case> = {
  plain: { body: 'a 1\nb{x="1"} 2\n' },
  no_final_newline: { body: 'a 1' },
  carriage_returns: { body: 'a 1\r\nb 2\r\n' },
  blanks: { body: '\n\na{ x = "1" , y="2", } \t3 \t\n' },
  no_blank: { body: 'a{x="1"}3\n' },
  no_comma: { body: 'a{b="c" d="e"} 1\n' },
  two_commas: { body: 'a{b="c",,d="e"} 1\n' },
  leading_comma: { body: 'a{,b="c"} 1\n' },
  empty_braces: { body: 'a{} 1\n' },
  empty_label: { body: 'a{x="",y="1"} 1\n' },
  escapes: { body: 'a{x="q\\"b\\\\n\\n t\\t"} 1\n' },
  newline_in_label: { body: 'a{x="l1\nl2"} 1\nb 2\n' },
  numbers: { body: 'a .5\nb 5.\nc +5\nd -0\ne 1e-400\nf Inf\ng -INFINITY\nh nan\ni 1E3\nj 0.1234567890123456789\nk 9007199254740993\n' },
  hexadecimal: { body: 'a 0x1F\n' },
  hexadecimal_float: { body: 'a 0x1p4\n' },
  underscore: { body: 'a 1_000\n' },
  signed_nan: { body: 'a +NaN\n' },
  overflow: { body: 'a 1e400\n' },
  no_value: { body: 'a{b="c"}\n' },
  negative_time: { body: 'a 1 -5\n' },
  fractional_time: { body: 'a 1 1.5\n' },
  huge_time: { body: 'a 1 99999999999999999999\n' },
  old_time: { body: 'a 1 1395066363000\nb 1\n' },
  far_future: { body: 'a 1 9000000000000000000\nb 1\n' },
  unquoted_name: { body: 'a{foo} 1\n' },
  quoted_name: { body: '{"a.b",x="y"} 1\n{x="z","a.b"} 2\na{"x.y"="z"} 1\n' },
  no_name: { body: '{x="y"} 1\n' },
  name_as_label: { body: '{__name__="b"} 1\n' },
  two_names: { body: '{"a","b"} 1\n' },
  name_twice: { body: 'a{__name__="b"} 1\n' },
  label_twice: { body: 'ok 1\na{x="1",x="2"} 1\n' },
  colon_label: { body: 'a{x:y="1"} 1\n' },
  single_quotes: { body: "a{x='1'} 1\n" },
  unterminated: { body: 'a{x="l1} 1\nb 2\n' },
  invalid_utf8_value: { body: rawByte('a{x="', '"} 1\n') },
  invalid_utf8_name: { body: rawByte('{"', '"} 1\n') },
  invalid_utf8_help: { body: rawByte('# HELP a ', '\na 1\n') },
  zero_byte: { body: 'a 1\n\0b 2\n' },
  comments: { body: '#foo\n# bar\n# HELPme\n#\n# \n# HELP a\n# HELP b two  words\na 1\n# EOF\n' },
  no_family: { body: '# HELP \na 1\n' },
  bad_type: { body: '# TYPE a foo\na 1\n' },
  type_with_blank: { body: '# TYPE a counter \na 1\n' },
  info_type: { body: '# TYPE a info\na 1\n' },
  dash: { body: 'a-b 1\n' },
  digit: { body: '1a 1\n' },
  html: { body: '<html></html>' },
  exemplar: { body: 'a_total 1 # {t="1"} 3\n' },
  empty: { body: '' },
  partial: { body: 'a 1\nb x\nc 1\n' },
  twice: { body: 'a 1\na 1\nb 1\nb 2\n' },
  bounds: { body: HISTOGRAM },
  honest: { body: 'a{instance="mine",job=""} 1\nb{exported_instance="e",instance="i"} 1\nc 1\n' },
  honored: {
    body: 'a{instance="mine",job="honored",x=""} 1\nb{exported_instance="e",instance="i"} 1\nc 1\n',
    yaml: 'honor_labels: true',
    settings: { honorLabels: true },
  },
  sample_limit: { body: HISTOGRAM, yaml: 'sample_limit: 3', settings: { sampleLimit: 3 } },
  label_limit: { body: 'a{x="1",y="2"} 1\n', yaml: 'label_limit: 4', settings: { labelLimit: 4 } },
  body_limit: { body: HISTOGRAM, yaml: 'body_size_limit: 10B', settings: { bodySizeLimitBytes: 10 } },
  plain_type: { body: 'a 1\n', contentType: 'text/plain' },
  no_type: { body: 'a 1\n', contentType: '' },
  html_type: { body: 'a 1\n', contentType: 'text/html; charset=utf-8' },
  fallback: {
    body: 'a 1\n',
    contentType: 'text/html',
    yaml: 'fallback_scrape_protocol: PrometheusText0.0.4',
    settings: { fallbackProtocol: 'PrometheusText0.0.4' },
  },
  error: { body: 'a 1\n', status: 500 },
};

const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';
/** Bodies in OpenMetrics; `# EOF` and a line feed are added unless it is there. */
const OPENMETRICS_BODIES: Readonly<Record<string, string | Uint8Array>> = {
  plain: '# TYPE a gauge\n# HELP a Text\na 1\n',
  no_eof: 'a 1\n# EOF is missing\n',
  no_eof_at_all: 'a 1\n#EOF\n',
  eof_without_newline: 'a 1\n# EOF',
  after_eof: 'a 1\n# EOF\nb 1\n',
  newline_after_eof: 'a 1\n# EOF\n\n',
  only_eof: '',
  comment: 'a 1\n# a comment\n',
  blank_line: 'a 1\n\nb 1\n',
  leading_blank: ' a 1\n',
  two_blanks: 'a  1\n',
  tab: 'a\t1\n',
  trailing_blank: 'a 1 \n',
  blanks_in_labels: 'a{ x = "1" , y = "2" } 1\n',
  trailing_comma: 'a{x="1",} 1\n',
  no_blank: 'a{x="1"}3\n',
  carriage_return: 'a 1\r\n',
  eof_carriage_return: 'a 1\n# EOF\r\n',
  times: `a 1 ${Math.floor(Date.now() / 1000)}\nb 1 ${Date.now() / 1000}\nc 1 ${Date.now()}e-3\n`,
  time_nan: 'a 1 NaN\n',
  time_infinite: 'a 1 +Inf\n',
  time_word: 'a 1 x\n',
  value_word: 'a x\n',
  numbers: 'a .5\nb 5.\nc +5\nd -0\ne 1e-400\nf Inf\ng -INFINITY\nh nan\ni 1E3\n',
  hexadecimal: 'a 0x1F\n',
  underscore: 'a 1_000\n',
  units: '# TYPE a_seconds gauge\n# UNIT a_seconds seconds\na_seconds 1\n',
  empty_unit: '# TYPE a gauge\n# UNIT a \na 1\n',
  wrong_unit: '# TYPE a_seconds gauge\n# UNIT a_seconds meters\na_seconds 1\n',
  unit_is_name: '# TYPE seconds gauge\n# UNIT seconds seconds\nseconds 1\n',
  types: ['counter', 'gauge', 'histogram', 'gaugehistogram', 'stateset', 'info', 'summary', 'unknown']
    .map((type, i) => `# TYPE t${i} ${type}\nt${i} 1\n`)
    .join(''),
  untyped: '# TYPE a untyped\na 1\n',
  no_type: '# TYPE a\na 1\n',
  help_without_text: '# HELP a\na 1\n',
  help_empty: '# HELP a \na 1\n',
  help_tab: '# HELP a\tb\na 1\n',
  type_tab: '# TYPE\ta gauge\na 1\n',
  unit_two_blanks: '# UNIT  a_s s\na_s 1\n',
  unit_without_text: '# UNIT a_s\na_s 1\n',
  help_two_blanks: '# HELP  a text\na 1\n',
  type_two_blanks: '# TYPE a  gauge\na 1\n',
  no_blank_after_hash: '#TYPE a gauge\na 1\n',
  tab_after_hash: '#\tTYPE a gauge\na 1\n',
  counter_suffixes: '# TYPE a counter\na_total 1\na_created 1\n',
  counter_without_total: '# TYPE a counter\na 1\n',
  interleaved: '# TYPE a gauge\na 1\n# TYPE b gauge\nb 1\na{x="1"} 2\n',
  bounds: `# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="1e3"} 1\nh_bucket{le="0.50"} 1\nh_bucket{le="+Inf"} 2\nh_sum 1\nh_count 2\n`,
  quantiles: '# TYPE s summary\ns{quantile="1"} 1\ns{quantile="0.90"} 1\n',
  escapes: 'a{x="q\\"b\\\\n\\n t\\t"} 1\n',
  newline_in_label: 'a{x="l1\nl2"} 1\n',
  quoted_name: '{"a.b",x="y"} 1\n{x="z","a.b"} 2\na{"x.y"="z"} 1\n',
  quoted_family: '# TYPE "a.b" gauge\n# HELP "a.b" text\n# UNIT "a.seconds" seconds\n{"a.b"} 1\n',
  label_twice: 'a{x="1",x="2"} 1\n',
  no_value: 'a{b="c"}\n',
  invalid_utf8_value: rawByte('a{x="', '"} 1\n# EOF\n'),
  zero_byte: 'a 1\n\0b 2\n',
  exemplars: 'a_total 1 # {t="1"} 3\nb_total 1 # {t="1"} 3 1.25\nc_bucket{le="1"} 1 # {t="1"} 3 1.5\n',
  exemplar_without_labels: 'a_total 1 # {} 3\n',
  exemplar_blanks: 'a_total 1  #  { t = "1" , }  3\n',
  exemplar_no_blank: 'a_total 1 #{t="1"} 3\n',
  exemplar_touching: 'a_total 1# {t="1"} 3\n',
  exemplar_without_value: 'a_total 1 # {t="1"}\n',
  exemplar_no_blank_value: 'a_total 1 # {t="1"}3\n',
  exemplar_without_braces: 'a_total 1 # t="1" 3\n',
  exemplar_word: 'a_total 1 # {t="1"} x\n',
  exemplar_nan: 'a_total 1 # {t="1"} NaN\n',
  exemplar_time_word: 'a_total 1 # {t="1"} 3 x\n',
  exemplar_time_nan: 'a_total 1 # {t="1"} 3 NaN\n',
  exemplar_time_huge: 'a_total 1 # {t="1"} 3 1e300\n',
  exemplar_too_much: 'a_total 1 # {t="1"} 3 4 5\n',
  exemplar_twice: 'a_total 1 # {t="1"} 3 # {t="2"} 3\n',
  exemplar_label_twice: 'a_total 1 # {t="1",t="2"} 3\n',
  // Prometheus keeps the backslashes of escapes in exemplars, against the specification: not asked here.
  exemplar_empty_label: 'a_total 1 # {t="1",u=""} 3\n',
  exemplar_quoted_label: 'a_total 1 # {"t.u"="1"} 3\n',
  exemplar_long: `a_total 1 # {t="${'x'.repeat(127)}"} 3\nb_total 1 # {t="${'x'.repeat(128)}"} 3\n`,
  exemplar_of_gauge: '# TYPE a gauge\na 1 # {t="1"} 3\n',
  exemplar_unclosed: 'a_total 1 # {t="1" 3\n',
  exemplar_unset_hash: 'a_total 1 #\n',
};
for (const [name, body] of Object.entries(OPENMETRICS_BODIES)) {
  const text = typeof body === 'string' && !/^# ?EOF/m.test(body) ? `${body}# EOF\n` : body;
  CASES[`om_${name}`] = { body: text, contentType: OPENMETRICS };
}

/** Job → series, among them those of the report except its duration → value of the first sample. */
type Picture = Record<string, Record<string, string>>;

describe('beside a real Prometheus 3', () => {
  it.skipIf(!existsSync(prometheus))(
    'scrapes the same from the same bodies (skipped without .cache/peers/prometheus-3)',
    async () => {
      const exposer = await startExposer((request, response) => {
        const { body, contentType = TEXT_FORMAT, status = 200 } = CASES[request.url?.slice(1) ?? ''] as Case;
        response.writeHead(status, contentType === '' ? {} : { 'content-type': contentType }).end(body);
      });
      try {
        const [theirs, ours] = await Promise.all([askPrometheus(exposer.address), askUs(exposer.address)]);
        for (const name of Object.keys(CASES)) {
          // Within a line in OpenMetrics that is wrong, Prometheus counts its sample when the fault comes late enough.
          const isOnlyUp = name.startsWith('om_') && isDown(theirs[name]);
          expect.soft(isOnlyUp ? isDown(ours[name]) : ours[name], name).toEqual(isOnlyUp ? true : theirs[name]);
        }
      } finally {
        await exposer.close();
      }
    },
    60_000,
  );
});

/** Whether the scrape failed. */
function isDown(samples: Record<string, string> | undefined): boolean {
  return Object.entries(samples ?? {}).some(([series, value]) => series.startsWith('up{') && value === '0');
}

/** Notes an exemplar beside the samples; one without a time of its own has that of the scrape. */
function addExemplar(picture: Picture, series: Labels, labels: Labels, value: number, timestampMs: number): void {
  const job = series.get('job');
  const time = timestampMs > 1e12 ? 'now' : String(timestampMs);
  picture[job] ??= {};
  picture[job][`exemplar of ${series.drop(new Set(['job'])).toString()}: ${labels.toString()} at ${time}`] = String(value);
}

function add(picture: Picture, labels: Labels, value: number): void {
  const job = labels.get('job');
  const key = labels.drop(new Set(['job'])).toString();
  picture[job] ??= {};
  picture[job][key] = Object.is(value, -0) ? '-0' : String(value);
}

async function askUs(address: string): Promise<Picture> {
  const store = openMemoryStore(systemClock, { maxFutureMs: 600_000, retention: { metricsMs: 86_400_000, logsMs: 0, tracesMs: 0 } });
  const manager = createScrapeManager({
    store: store.metrics,
    exemplars: store.exemplars,
    clock: systemClock,
    logger: keepLog().logger,
    registry: new Registry(),
    version: '1',
  });
  const jobs = Object.entries(CASES).map(([name, { settings }]) =>
    jobOf(name, { metricsPath: `/${name}`, scrapeIntervalMs: SECONDS * 1000, scrapeTimeoutMs: SECONDS * 1000, ...settings }),
  );
  await manager.apply(jobs);
  for (const { jobName } of jobs) await manager.updateTargets(jobName, [groupOf([address])]);
  await until(() => manager.active().every((target) => target.health !== 'unknown'));
  await manager.stop();
  const picture: Picture = {};
  for (const [series, samples] of Object.entries(await storedSamples(store.metrics))) {
    if (series.startsWith('scrape_duration')) continue;
    add(picture, labelsOf(series), samples[0]?.[1] as number);
  }
  for (const { seriesLabels, exemplars } of store.exemplars.select([[]], 0, Number.MAX_SAFE_INTEGER))
    for (const { labels, value, timestampMs } of exemplars.slice(0, 1)) addExemplar(picture, seriesLabels, labels, value, timestampMs);
  return picture;
}

/** Back from PromQL's notation, in which tests read the store. */
function labelsOf(series: string): Labels {
  const brace = series.indexOf('{');
  const name = brace < 0 ? series : series.slice(0, brace);
  const pairs = [...series.matchAll(/([^\s{,=]+)=("(?:[^"\\]|\\.)*")/g)].map(
    ([, label, value]) => [label as string, JSON.parse(value as string) as string] as const,
  );
  return Labels.fromEntries([['__name__', name], ...pairs]);
}

async function askPrometheus(address: string): Promise<Picture> {
  const dir = await mkdtemp(join(tmpdir(), 'alidade-scrape-'));
  const port = await freePort();
  const jobs = Object.entries(CASES).map(([name, { yaml }]) =>
    [
      `- job_name: ${name}`,
      `metrics_path: /${name}`,
      ...(yaml === undefined ? [] : [yaml]),
      `static_configs: [{targets: ['${address}']}]`,
    ].join('\n    '),
  );
  await writeFile(
    join(dir, 'p.yml'),
    `global:\n  scrape_interval: ${SECONDS}s\n  scrape_timeout: ${SECONDS}s\nscrape_configs:\n  ${jobs.join('\n  ')}\n`,
  );
  const args = [
    `--config.file=${join(dir, 'p.yml')}`,
    `--storage.tsdb.path=${join(dir, 'data')}`,
    `--web.listen-address=127.0.0.1:${port}`,
    '--enable-feature=exemplar-storage',
  ];
  const child = spawn(prometheus, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-5000);
  });
  const exited = once(child, 'exit');
  try {
    type Vector = { data: { result: { metric: Record<string, string>; values: [number, string][] }[] } };
    const query = async (expr: string) => {
      const answer = await fetch(`http://127.0.0.1:${port}/api/v1/query?query=${encodeURIComponent(expr)}`).catch(() => undefined);
      return answer?.ok ? ((await answer.json()) as Vector).data.result : [];
    };
    await until(async () => {
      if (child.exitCode !== null) throw new Error(`prometheus ended: ${log}`);
      return (await query('scrape_series_added[1h]')).length === Object.keys(CASES).length;
    }, 30_000);
    const picture: Picture = {};
    for (const { metric, values } of await query('{__name__=~".+",__name__!="scrape_duration_seconds"}[1h]')) {
      add(picture, Labels.from(metric), Number(values[0]?.[1].replace('Inf', 'Infinity')));
    }
    type Exemplar = { labels: Record<string, string>; value: string; timestamp: number };
    type Exemplars = { data: { seriesLabels: Record<string, string>; exemplars: Exemplar[] }[] };
    const found = await fetch(
      `http://127.0.0.1:${port}/api/v1/query_exemplars?query=${encodeURIComponent('{job=~".+"}')}&start=0&end=9999999999`,
    );
    for (const { seriesLabels, exemplars } of ((await found.json()) as Exemplars).data)
      for (const { labels, value, timestamp } of exemplars.slice(0, 1))
        addExemplar(picture, Labels.from(seriesLabels), Labels.from(labels), Number(value), Math.round(timestamp * 1000));
    return picture;
  } finally {
    child.kill();
    await exited;
    await rm(dir, { recursive: true });
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
