// The guides are true: their commands run as they stand, in order, against one server and the sample service; their links lead somewhere.
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { anchorsOf, fencesOf, linksOf, tableRowsOf } from './testing/guide-text.ts';
import { freePort, type Running, type RunningServer, root, run, startServer, until } from './testing/processes.ts';

const read = (file: string) => readFileSync(join(root, file), 'utf8');
const filesIn = (folder: string) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
const documents = [...filesIn('docs').filter((name) => name.endsWith('.md')), 'README.md', 'ARCHITECTURE.md', 'examples/README.md'];
const guides = documents.filter((name) => /^docs\/[A-Z_]+\.md$/.test(name));

/** Of all blocks of commands that many at most may be there to read only. */
const MOST_NOT_RUN = 0.2;

describe('links', () => {
  it.each(documents)('of %s lead somewhere', (file) => {
    const lost = linksOf(read(file)).filter(({ target }) => {
      if (/^[a-z]+:/.test(target)) return false;
      const [path = '', anchor] = target.split('#');
      const place = path === '' ? file : join(dirname(file), path);
      if (!existsSync(join(root, place))) return true;
      return anchor !== undefined && place.endsWith('.md') && !anchorsOf(read(place)).has(anchor);
    });
    expect(lost).toEqual([]);
  });

  it('show pictures of less than 200 KB', () => {
    const pictures = filesIn('docs').filter((name) => /\.(png|svg)$/.test(name));
    expect(pictures.filter((name) => statSync(join(root, name)).size >= 200_000)).toEqual([]);
  });
});

describe('the table of the labs', () => {
  const rows = tableRowsOf(read('docs/LABS.md')).filter(({ heading }) => /^\d{3}\b/.test(heading));

  it('says of everything that is asked where it is, or that it is not yet there', () => {
    const empty = rows.filter(({ cells }) => !/`[^`]+`|\]\(|not yet/.test(cells[2] ?? ''));
    expect(empty.map(({ line, cells }) => `${line}: ${cells[1]}`)).toEqual([]);
  });

  it('names files that exist', () => {
    const named = rows.flatMap(({ line, cells }) =>
      [...cells.join(' ').matchAll(/`((?:server|sdk|ui|examples|conformance|scripts|deploy|docs)\/[^`*{} ]+)`/g)].map(([, path = '']) => ({
        line,
        path,
      })),
    );
    expect(named.filter(({ path }) => !existsSync(join(root, path)))).toEqual([]);
  });
});

describe('commands', () => {
  const blocks = guides.flatMap((guide) =>
    fencesOf(read(guide))
      .filter(({ language }) => language === 'sh')
      .map((fence) => ({ guide, ...fence })),
  );
  let clone = '';
  let service: Running;
  let server: RunningServer;
  let addresses: readonly (readonly [RegExp, string])[] = [];

  /** The text with the addresses of this run for those that everybody has. */
  const placed = (text: string) => addresses.reduce((done, [usual, here]) => done.replace(usual, here), text);

  beforeAll(async () => {
    clone = await mkdtemp(join(tmpdir(), 'alidade-guides-'));
    const [port, servicePort] = [await freePort(), await freePort()];
    addresses = [
      [/(?:localhost|127\.0\.0\.1):(?:9090|4318)\b/g, `127.0.0.1:${port}`],
      [/(?:localhost|127\.0\.0\.1):5000\b/g, `127.0.0.1:${servicePort}`],
      [/(?<key>scrapeInterval: '|scrape_interval: )5s/g, '$<key>500ms'],
    ];
    cpSync(join(root, 'examples'), join(clone, 'examples'), { recursive: true, filter: (path) => !/node_modules|\/dist$/.test(path) });
    mkdirSync(join(clone, 'node_modules/.bin'), { recursive: true });
    symlinkSync(join(root, 'node_modules/@alidade'), join(clone, 'node_modules/@alidade'));
    for (const file of readdirSync(join(clone, 'examples/churn-lab'), { recursive: true, encoding: 'utf8' })) {
      const path = join(clone, 'examples/churn-lab', file);
      if (/\.(ts|yml|json)$/.test(file)) writeFileSync(path, placed(readFileSync(path, 'utf8')));
    }
    // `alidade` asks this run's server; `up`, which would not end, reads all that it was given and says what is wrong with it.
    writeFileSync(
      join(clone, 'node_modules/.bin/alidade'),
      `#!/bin/sh
command=$1
case $command in
  up) shift; exec ${join(root, 'server/bin/alidade')} check "$@";;
  query|import|export|advise|doctor|backup|slo) case "$*" in *--help*|*--exercise*|"slo convert"*|*--url*) ;; *) set -- "$@" --url ${placed('http://127.0.0.1:9090')};; esac;;
esac
exec ${join(root, 'server/bin/alidade')} "$@"
`,
      { mode: 0o755 },
    );
    const url = `http://127.0.0.1:${port}`;
    service = run(process.execPath, [join(root, 'examples/prediction-api/dist/main.js')], {
      PORT: String(servicePort),
      LOKI_URL: url,
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_SERVICE_NAME: 'ml-prediction-api',
    });
    server = await startServer([join(clone, 'examples/churn-lab')], { port });
    await until(
      'requests are counted',
      async () => {
        await fetch(`http://127.0.0.1:${servicePort}/health`).catch(() => undefined);
        return ((await server.query('sum(increase(http_requests_total[1h]))'))[0]?.value ?? 0) > 0;
      },
      90_000,
    );
  }, 120_000);

  afterAll(async () => {
    await server?.stop('SIGKILL');
    await service?.stop('SIGKILL');
    if (clone !== '') await rm(clone, { recursive: true, force: true });
  });

  it('are left out rarely, each with its reason', () => {
    const left = blocks.filter(({ notRun }) => notRun !== undefined);
    expect(left.filter(({ notRun = '' }) => notRun.length < 10)).toEqual([]);
    expect(left.length).toBeLessThanOrEqual(blocks.length * MOST_NOT_RUN);
  });

  // Documents beside each other, the blocks of each in order: they build on those before.
  it.concurrent.each(guides)(
    'of %s run',
    async (guide) => {
      for (const { text, line } of blocks.filter((block) => block.guide === guide && block.notRun === undefined)) {
        const { code, output } = await shell(placed(text));
        expect(code, `${guide}:${line}:\n${text}\n---\n${output}`).toBe(0);
      }
    },
    240_000,
  );

  async function shell(script: string): Promise<{ code: number | null; output: string }> {
    const env = { ...process.env, PATH: `${join(clone, 'node_modules/.bin')}:${process.env.PATH}`, HOME: clone };
    const child = spawn('sh', ['-euc', script], { cwd: clone, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const keep = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
    return { code, output: output.slice(-5_000) };
  }
});
