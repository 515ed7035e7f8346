import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ExpositionParser } from '../formats/exposition/parse.ts';
import { systemClock } from '../model/clock.ts';
import { Labels } from '../model/labels.ts';
import { createLogger } from '../telemetry/logger.ts';
import { createHostCollector, type HostCollectorDeps } from './host-collector.ts';

const isLinux = process.platform === 'linux';
const exporter = fileURLToPath(new URL('../../.cache/peers/node-exporter/usr/bin/prometheus-node-exporter', import.meta.url));
const logger = createLogger({ level: 'silent' });

let procDir: string;
beforeEach(async () => {
  // Not where tests are told to write: that may be below /dev, whose file systems hold no data.
  procDir = await mkdtemp('/tmp/alidade-proc-');
});
afterEach(() => rm(procDir, { recursive: true }));

async function writeProc(files: Readonly<Record<string, string>>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(procDir, path)), { recursive: true });
    await writeFile(join(procDir, path), text);
  }
}

const folders = () => ({ procDir, sysDir: join(procDir, 'sysfs'), udevDir: join(procDir, 'udev') });

function collectorOf(changes: Partial<HostCollectorDeps> = {}) {
  return createHostCollector({ clock: systemClock, logger, ...changes });
}

/** Series in PromQL's notation → value. Duplicates fail, and so does anything that the parser refuses. */
function seriesOf(body: Uint8Array): Map<string, number> {
  const parser = new ExpositionParser(body);
  const series = new Map<string, number>();
  for (let entry = parser.next(); entry !== 'end'; entry = parser.next()) {
    if (entry !== 'series') continue;
    // As stored: a label with an empty value is no label.
    const name = Labels.fromEntries(parser.labels()).toString();
    expect(series.has(name), name).toBe(false);
    series.set(name, parser.value);
  }
  return series;
}

const only = (series: Map<string, number>, pattern: RegExp) => Object.fromEntries([...series].filter(([name]) => pattern.test(name)));

describe('on Linux', () => {
  const collect = async () => seriesOf(await collectorOf({ ...folders(), isLinux: true })());

  it('reads processors, memory and load', async () => {
    await writeProc({
      stat: 'cpu  1 1 1 1\ncpu0 100 20 300 4000 5 6 7 8 9 10\nintr 77 1 2\nctxt 88\nbtime 1700000000\nprocesses 99\nprocs_running 3\nprocs_blocked 1\n',
      meminfo: 'MemTotal:       1000 kB\nActive(anon):   5 kB\nHugePages_Total:   2\nnonsense\n',
      loadavg: '0.50 0.25 1.75 1/2 3\n',
      'sys/fs/file-nr': '1240\t0\t2466170\n',
      vmstat: 'nr_free_pages 5\npgpgin 11\npgfault 12\npgmajfault 13\noom_kill 1\npswpin 2\n',
      'pressure/cpu': 'some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n',
      'pressure/io': 'some avg10=0.00 avg60=0.00 avg300=0.00 total=1\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=2500000\n',
    });
    const series = await collect();
    expect(only(series, /^node_cpu_seconds/)).toEqual({
      'node_cpu_seconds_total{cpu="0", mode="user"}': 1,
      'node_cpu_seconds_total{cpu="0", mode="nice"}': 0.2,
      'node_cpu_seconds_total{cpu="0", mode="system"}': 3,
      'node_cpu_seconds_total{cpu="0", mode="idle"}': 40,
      'node_cpu_seconds_total{cpu="0", mode="iowait"}': 0.05,
      'node_cpu_seconds_total{cpu="0", mode="irq"}': 0.06,
      'node_cpu_seconds_total{cpu="0", mode="softirq"}': 0.07,
      'node_cpu_seconds_total{cpu="0", mode="steal"}': 0.08,
    });
    expect(only(series, /^node_(memory|load|filefd|vmstat|pressure|intr|context|boot|forks|procs)/)).toEqual({
      node_memory_MemTotal_bytes: 1_024_000,
      node_memory_Active_anon_bytes: 5120,
      node_memory_HugePages_Total: 2,
      node_load1: 0.5,
      node_load5: 0.25,
      node_load15: 1.75,
      node_filefd_allocated: 1240,
      node_filefd_maximum: 2_466_170,
      node_vmstat_pgpgin: 11,
      node_vmstat_pgfault: 12,
      node_vmstat_pgmajfault: 13,
      node_vmstat_oom_kill: 1,
      node_vmstat_pswpin: 2,
      node_pressure_cpu_waiting_seconds_total: 1.5,
      node_pressure_io_waiting_seconds_total: 0.000001,
      node_pressure_io_stalled_seconds_total: 2.5,
      node_intr_total: 77,
      node_context_switches_total: 88,
      node_boot_time_seconds: 1_700_000_000,
      node_forks_total: 99,
      node_procs_running: 3,
      node_procs_blocked: 1,
    });
  });

  it('never lets a processor counter fall, unless the processor was taken out', async () => {
    const idleAndWait = async (idle: number, wait: number) => {
      await writeProc({ stat: `cpu0 0 0 0 ${idle} ${wait} 0 0 0 0 0\n` });
      const series = seriesOf(await collectOnce());
      return ['idle', 'iowait'].map((mode) => series.get(`node_cpu_seconds_total{cpu="0", mode="${mode}"}`));
    };
    const collectOnce = collectorOf({ ...folders(), isLinux: true });
    expect(await idleAndWait(1000, 500)).toEqual([10, 5]);
    expect(await idleAndWait(1100, 490)).toEqual([11, 5]);
    expect(await idleAndWait(1090, 600)).toEqual([11, 6]);
    expect(await idleAndWait(100, 1)).toEqual([1, 0.01]);
  });

  it('reads whole disks and network devices', async () => {
    await writeProc({
      diskstats: '   8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n   8 1 sda1 1 1 1 1 1 1 1 1 1 1 1\n   7 0 loop0 0 0 0 0\n',
      'net/dev': 'Inter-|   Receive  |  Transmit\n face |bytes packets|bytes\n  eth0:12 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n',
      'sysfs/class/net/eth0/statistics/rx_nohandler': '17\n',
      'sysfs/block/sda/queue/rotational': '1\n',
      'udev/b8:0': 'S:disk/by-id/x\nE:ID_MODEL=Disk_A\nE:ID_SERIAL_SHORT=S1\nE:ID_WWN=0x5\nE:ID_PATH=pci-1\n',
      'sysfs/devices/system/clocksource/clocksource0/available_clocksource': 'tsc hpet \n',
      'sysfs/devices/system/clocksource/clocksource0/current_clocksource': 'tsc\n',
    });
    const series = await collect();
    expect(Object.keys(only(series, /^node_time_clocksource/))).toEqual([
      'node_time_clocksource_available_info{clocksource="tsc", device="0"}',
      'node_time_clocksource_available_info{clocksource="hpet", device="0"}',
      'node_time_clocksource_current_info{clocksource="tsc", device="0"}',
    ]);
    expect(only(series, /^node_disk/)).toEqual({
      'node_disk_info{device="sda", major="8", minor="0", model="Disk_A", path="pci-1", rotational="1", serial="S1", wwn="0x5"}': 1,
      'node_disk_reads_completed_total{device="sda"}': 1,
      'node_disk_reads_merged_total{device="sda"}': 2,
      'node_disk_read_bytes_total{device="sda"}': 1536,
      'node_disk_read_time_seconds_total{device="sda"}': 0.004,
      'node_disk_writes_completed_total{device="sda"}': 5,
      'node_disk_writes_merged_total{device="sda"}': 6,
      'node_disk_written_bytes_total{device="sda"}': 3584,
      'node_disk_write_time_seconds_total{device="sda"}': 0.008,
      'node_disk_io_now{device="sda"}': 9,
      'node_disk_io_time_seconds_total{device="sda"}': 0.01,
      'node_disk_io_time_weighted_seconds_total{device="sda"}': 0.011,
    });
    expect(series.get('node_network_receive_bytes_total{device="eth0"}')).toBe(12);
    expect(series.get('node_network_transmit_compressed_total{device="eth0"}')).toBe(16);
    expect(series.get('node_network_receive_nohandler_total{device="eth0"}')).toBe(17);
    expect(Object.keys(only(series, /^node_network/)).length).toBe(17);
  });

  it('measures file systems that hold data, each once, and marks those that it cannot ask', async () => {
    const odd = join(procDir, 'with blank');
    await mkdir(odd);
    const escaped = odd.replace(' ', '\\040');
    await writeProc({
      'self/mountinfo': [
        '1 0 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
        '2 0 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw',
        `3 0 8:2 / ${escaped} ro - xfs /dev/sdb rw`,
        '4 0 8:3 / /does/not/exist rw - ext4 /dev/sdc rw',
        '5 0 0:5 / /proc rw - proc proc rw',
        '6 0 0:6 / /data rw - overlay overlay rw',
        '7 0 0:7 / /run/lock rw - tmpfs tmpfs rw',
      ].join('\n'),
    });
    const series = await collect();
    expect(Object.keys(only(series, /^node_filesystem_readonly/)).sort()).toEqual(
      [
        'node_filesystem_readonly{device="/dev/sda1", fstype="ext4", mountpoint="/"}',
        `node_filesystem_readonly{device="/dev/sdb", fstype="xfs", mountpoint="${odd}"}`,
        'node_filesystem_readonly{device="/dev/sdc", device_error="ENOENT", fstype="ext4", mountpoint="/does/not/exist"}',
      ].sort(),
    );
    expect(series.get('node_filesystem_size_bytes{device="/dev/sda1", fstype="ext4", mountpoint="/"}')).toBeGreaterThan(0);
    expect(series.get(`node_filesystem_readonly{device="/dev/sdb", fstype="xfs", mountpoint="${odd}"}`)).toBe(1);
    expect(Object.keys(only(series, /^node_filesystem_size.*sdc/))).toEqual([]);
    expect(Object.values(only(series, /^node_filesystem_device_error.*sdc/))).toEqual([1]);
  });

  it('says what is missing instead of failing', async () => {
    const series = await collect();
    expect(series.get('node_scrape_collector_success{collector="cpu"}')).toBe(0);
    expect(series.get('node_scrape_collector_success{collector="time"}')).toBe(1);
    expect(series.get('node_time_seconds')).toBeGreaterThan(0);
  });

  it.skipIf(!isLinux)('has what rules and dashboards read, from the real /proc', async () => {
    const series = seriesOf(await collectorOf()());
    for (const name of ['node_memory_MemTotal_bytes', 'node_memory_MemAvailable_bytes', 'node_boot_time_seconds', 'node_time_seconds']) {
      expect(series.get(name), name).toBeGreaterThan(0);
    }
    expect(series.get('node_cpu_seconds_total{cpu="0", mode="idle"}')).toBeGreaterThan(0);
    expect(series.has('node_load1')).toBe(true);
  });
});

describe('elsewhere', () => {
  it('tells what Node itself knows', async () => {
    const series = seriesOf(await collectorOf({ isLinux: false })());
    expect(series.get('node_memory_MemTotal_bytes')).toBeGreaterThan(0);
    expect(series.get('node_cpu_seconds_total{cpu="0", mode="idle"}')).toBeGreaterThan(0);
    expect(series.get('node_boot_time_seconds')).toBeGreaterThan(0);
    expect([...series.keys()].some((name) => name.startsWith('node_uname_info{'))).toBe(true);
    expect(series.get('node_scrape_collector_success{collector="os"}')).toBe(1);
  });
});

describe('beside the real node_exporter', () => {
  it.skipIf(!isLinux || !existsSync(exporter))('has its names and labels (skipped without .cache/peers/node-exporter)', async () => {
    const [theirText, ourText] = [await scrapeExporter(), await collectorOf()()];
    const [theirs, ours] = [withoutRotation(seriesOf(theirText)), withoutRotation(seriesOf(ourText))];
    const isOurs = (name: string) => /^node_(?!exporter_build)/.test(name);
    // Of processors and disks that have such a thing: throttling, ATA, device mapper.
    const isDetail = (name: string) => /^node_(disk_(ata|device_mapper|filesystem)|cpu_(core|package|isolated|online|info))/.test(name);
    // Lines of meminfo that are newer than the peer, and mounts that come and go.
    const isExtra = (name: string) => /^node_memory_/.test(name) || (/^node_filesystem_/.test(name) && !name.includes('mountpoint="/"'));
    const missing = [...theirs.keys()].filter((name) => isOurs(name) && !isDetail(name) && !isExtra(name) && !ours.has(name));
    const invented = [...ours.keys()].filter((name) => isOurs(name) && !isExtra(name) && !theirs.has(name));
    expect({ missing, invented }).toEqual({ missing: [], invented: [] });
    const ourDescriptions = descriptionsOf(ourText);
    for (const [name, description] of descriptionsOf(theirText))
      if (isOurs(name) && !isDetail(name)) expect([name, ourDescriptions.get(name)]).toEqual([name, description]);
    const isStill = (name: string) =>
      /^node_(memory_(MemTotal|SwapTotal|Hugepagesize)|filesystem_(size|files\{|readonly)|boot_time|uname|filefd_max)/.test(name);
    for (const [name, value] of theirs) if (isStill(name)) expect(ours.get(name), name).toBe(value);
  });
});

/** Help text and type of each family. */
function descriptionsOf(body: Uint8Array): Map<string, string> {
  const parser = new ExpositionParser(body);
  const found = new Map<string, string>();
  const add = (text: string) => found.set(parser.familyName(), `${found.get(parser.familyName()) ?? ''} ${text}`);
  for (let entry = parser.next(); entry !== 'end'; entry = parser.next()) {
    if (entry === 'help') add(parser.helpText());
    else if (entry === 'type') add(parser.type);
  }
  return found;
}

/** The peer says 0 of disks where a file beside the one that it needs is missing. */
function withoutRotation(series: Map<string, number>): Map<string, number> {
  return new Map([...series].map(([name, value]) => [name.replace(/, rotational="\d"/, ''), value]));
}

/** One scrape of the real program on a port that was free a moment ago. */
async function scrapeExporter(): Promise<Uint8Array> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  const collectors = [
    'cpu',
    'meminfo',
    'filesystem',
    'diskstats',
    'netdev',
    'loadavg',
    'stat',
    'pressure',
    'vmstat',
    'uname',
    'time',
    'filefd',
  ];
  const flags = ['--collector.disable-defaults', ...collectors.map((name) => `--collector.${name}`)];
  const child = spawn(exporter, [`--web.listen-address=127.0.0.1:${port}`, ...flags], { stdio: 'ignore' });
  try {
    for (let attempt = 0; attempt < 200; attempt++) {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
      if (answer?.ok) return new Uint8Array(await answer.arrayBuffer());
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('node_exporter did not start');
  } finally {
    child.kill();
  }
}
