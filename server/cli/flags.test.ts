import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { flagsOf, serverOptions } from './flags.ts';

function parse(...args: string[]) {
  const command = new Command();
  for (const option of serverOptions()) command.addOption(option);
  return flagsOf(command.parse(args, { from: 'user' }).opts());
}

describe('flags of the server', () => {
  it('are taken under our names', () => {
    expect(parse('--listen', ':1', '--no-auth', '--retention', '0', '--enable-feature', 'a', '--enable-feature', 'b')).toEqual({
      listen: ':1',
      noAuth: true,
      retention: ['0'],
      enableFeature: ['a', 'b'],
    });
  });

  it('are taken under names of Prometheus', () => {
    expect(
      parse(
        '--web.listen-address=:1',
        '--web.enable-lifecycle',
        '--web.enable-admin-api',
        '--web.enable-remote-write-receiver',
        '--storage.tsdb.path=d',
        '--storage.tsdb.retention.time=3d',
        '--query.max-samples=5',
        '--query.timeout=1s',
        '--query.max-concurrency=2',
        '--query.lookback-delta=1m',
      ),
    ).toEqual({
      listen: ':1',
      enableLifecycle: true,
      enableAdminApi: true,
      data: 'd',
      retention: ['metrics=3d'],
      maxSamples: '5',
      queryTimeout: '1s',
      maxConcurrency: '2',
      lookback: '1m',
    });
  });

  it('under our names win, in whatever order', () => {
    expect(parse('--max-samples', '1', '--query.max-samples', '2').maxSamples).toBe('1');
    expect(parse('--query.max-samples', '2', '--max-samples', '1').maxSamples).toBe('1');
    expect(parse('--query.max-samples', '2', '--query.max-samples', '3').maxSamples).toBe('3');
  });
});
