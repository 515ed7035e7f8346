import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../model/clock.ts';
import { collectHost } from './host.ts';

const exporter = fileURLToPath(new URL('../../.cache/peers/node-exporter/usr/bin/prometheus-node-exporter', import.meta.url));
const isLinux = process.platform === 'linux';

/** Series text → value of an exposition without timestamps. */
function seriesOf(text: string): Map<string, number> {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ') + 1))]));
}

const collected = async () => Buffer.from(await collectHost(systemClock)).toString();

describe('the host collector', () => {
  it.skipIf(!isLinux)('gives the series that the documents’ rules and dashboards read', async () => {
    const series = seriesOf(await collected());
    for (const name of ['node_memory_MemTotal_bytes', 'node_memory_MemAvailable_bytes', 'node_load1', 'node_boot_time_seconds'])
      expect(series.get(name), name).toBeGreaterThan(0);
    expect(series.get('node_cpu_seconds_total{cpu="0",mode="idle"}')).toBeGreaterThan(0);
    const root = [...series.keys()].filter((key) => key.startsWith('node_filesystem_size_bytes{') && key.includes('mountpoint="/"'));
    expect(root).toHaveLength(1);
    expect(series.get('node_scrape_collector_success{collector="meminfo"}')).toBe(1);
  });

  it('reports what is missing instead of failing', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'alidade-host-'));
    const series = seriesOf(Buffer.from(await collectHost(systemClock, { proc: empty, sys: empty })).toString());
    await rm(empty, { recursive: true });
    expect(series.get('node_scrape_collector_success{collector="cpu"}')).toBe(0);
    expect(series.get('node_scrape_collector_success{collector="loadavg"}')).toBe(1);
    expect(series.get('node_time_seconds')).toBeGreaterThan(0);
  });

  it.skipIf(!existsSync(exporter))('has the names and labels of node_exporter (skipped without the peer: run npm test once)', async () => {
    const theirs = seriesOf(await scrapeExporter());
    const ours = seriesOf(await collected());
    // Subjects that we collect; node_exporter has more, and more detail on some.
    const ourSubject =
      /^node_(cpu|memory|filesystem|disk|network_(receive|transmit)|load|vmstat|filefd|pressure|uname|procs|intr|forks|context|boot)/;
    const isOurs = (key: string) => ourSubject.test(key);
    const isDetail = (key: string) =>
      /^node_(disk_info|disk_ata|filesystem_(mount_info|purgeable)|network_receive_nohandler|network_transmit_queue|cpu_(info|scaling|freq|core|package|online|isolated|flag|bug))/.test(
        key,
      );
    const missing = [...theirs.keys()].filter((key) => isOurs(key) && !isDetail(key) && !ours.has(key));
    // The kernel may offer more lines of meminfo than the peer knows, and the peer may see fewer mounts.
    const isExtra = (key: string) =>
      key.startsWith('node_memory_') || (key.startsWith('node_filesystem_') && !key.includes('mountpoint="/"'));
    const invented = [...ours.keys()].filter((key) => isOurs(key) && !isExtra(key) && !theirs.has(key));
    expect({ missing, invented }).toEqual({ missing: [], invented: [] });
    const still = [...theirs].filter(([key]) =>
      /^node_(memory_MemTotal|memory_SwapTotal|filesystem_size|filesystem_files\{|boot_time|uname)/.test(key),
    );
    for (const [key, value] of still) expect(ours.get(key), key).toBe(value);
  });
});

/** One scrape of the real program on a free port. */
async function scrapeExporter(): Promise<string> {
  const port = 20_000 + (process.pid % 20_000);
  const child = spawn(exporter, [`--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' });
  try {
    for (let i = 0; i < 100; i++) {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
      if (answer?.ok) return await answer.text();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('node_exporter did not start');
  } finally {
    child.kill();
  }
}
