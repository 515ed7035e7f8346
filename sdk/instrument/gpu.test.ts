import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Instrument, startGpuMetrics } from './index.ts';

const stops: (() => void)[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop();
  vi.unstubAllEnvs();
});

/** A program that answers like nvidia-smi would. */
function program(body: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'gpu-')), 'nvidia-smi');
  writeFileSync(path, `#!/bin/sh\n${body}\n`);
  chmodSync(path, 0o755);
  return path;
}
const samples = async (instrument: Instrument) => (await instrument.metrics()).split('\n').filter((line) => line.startsWith('gpu_'));

describe('startGpuMetrics', () => {
  it('exposes each GPU and leaves out what one does not offer', async () => {
    const instrument = new Instrument();
    const command = program(`[ "$1" = --query-gpu=index,utilization.gpu,memory.used ] && printf '0, 37, 1024\\n1, [N/A], 2\\n'`);
    stops.push(startGpuMetrics(instrument, { command }));
    await expect
      .poll(() => samples(instrument))
      .toEqual([
        'gpu_utilization_percent{gpu_id="0"} 37',
        'gpu_memory_used_bytes{gpu_id="0"} 1073741824',
        'gpu_memory_used_bytes{gpu_id="1"} 2097152',
      ]);
  });

  it('finds nvidia-smi on the PATH', async () => {
    const instrument = new Instrument();
    vi.stubEnv('PATH', `${dirname(program("echo '0, 12, 2048'"))}:/usr/bin:/bin`);
    stops.push(startGpuMetrics(instrument));
    await expect
      .poll(() => samples(instrument))
      .toEqual(['gpu_utilization_percent{gpu_id="0"} 12', 'gpu_memory_used_bytes{gpu_id="0"} 2147483648']);
  });

  it('has no series where there is no nvidia-smi', async () => {
    const instrument = new Instrument();
    vi.stubEnv('PATH', mkdtempSync(join(tmpdir(), 'empty-')));
    const reason = await new Promise<Error>((resolve) => stops.push(startGpuMetrics(instrument, { onError: resolve })));
    expect(reason.message).toContain('nvidia-smi ENOENT');
    expect(await samples(instrument)).toEqual([]);
  });

  it('has no series when the GPUs cannot be asked any more, and says so once', async () => {
    const instrument = new Instrument();
    const state = join(mkdtempSync(join(tmpdir(), 'gpu-')), 'lost');
    const command = program(`[ -e ${state} ] && exit 9; echo '0, 1, 1'`);
    const errors: string[] = [];
    stops.push(startGpuMetrics(instrument, { command, intervalMs: 20, onError: (error) => errors.push(error.message) }));
    await expect.poll(() => samples(instrument)).toHaveLength(2);
    writeFileSync(state, '');
    await expect.poll(() => errors).toHaveLength(1);
    await expect.poll(() => samples(instrument)).toEqual([]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(errors).toHaveLength(1);
  });

  it('reports a program that is not there', async () => {
    const reason = await new Promise<Error>((resolve) => {
      stops.push(startGpuMetrics(new Instrument(), { command: '/nowhere/nvidia-smi', onError: resolve }));
    });
    expect(reason.message).toContain('ENOENT');
  });
});
