import { describe, expect, it } from 'vitest';
import { Instrument } from './index.ts';
import { wantsOpenMetrics } from './openmetrics.ts';

const OPENMETRICS = 'application/openmetrics-text;version=1.0.0';

describe('the OpenMetrics exposition', () => {
  it('names families without _total, writes bounds canonically, escapes, and ends with # EOF', async () => {
    const instrument = new Instrument({ defaultLabels: { zone: 'a' } });
    const base = { unit: 'count', help: 'Says "hi"\\\n' } as const;
    instrument.counter({ ...base, name: 'jobs_total', type: 'counter', labels: { queue: '' } }).inc({ queue: 'a"b\\c\n' }, 2);
    instrument.counter({ ...base, name: 'odd', type: 'counter', labels: {} }).inc();
    instrument.gauge({ ...base, name: 'level', type: 'gauge', labels: {} }).set(Number.NEGATIVE_INFINITY);
    instrument.histogram({ ...base, name: 'size', type: 'histogram', labels: {}, buckets: [0.5, 1, 10] }).observe(2);
    const help = (name: string) => `# HELP ${name} Says \\"hi\\"\\\\\\n`;
    const expected = [
      help('jobs'),
      '# TYPE jobs counter',
      'jobs_total{queue="a\\"b\\\\c\\n",zone="a"} 2',
      help('odd'),
      '# TYPE odd unknown',
      'odd{zone="a"} 1',
      help('level'),
      '# TYPE level gauge',
      'level{zone="a"} -Inf',
      help('size'),
      '# TYPE size histogram',
      'size_bucket{le="0.5",zone="a"} 0',
      'size_bucket{le="1.0",zone="a"} 0',
      'size_bucket{le="10.0",zone="a"} 1',
      'size_bucket{le="+Inf",zone="a"} 1',
      'size_sum{zone="a"} 2',
      'size_count{zone="a"} 1',
      '# EOF\n',
    ].join('\n');
    const text = await instrument.metrics();
    expect((await instrument.expose(OPENMETRICS)).body).toBe(expected);
    // One format leaves no trace in the other.
    expect(await instrument.metrics()).toBe(text);
    expect((await instrument.expose(OPENMETRICS)).body).toBe(expected);
    expect(text).toContain('# TYPE jobs_total counter\njobs_total{');
  });

  it.each([
    [undefined, false],
    ['*/*', false],
    ['text/html,application/xhtml+xml,*/*;q=0.8', false],
    ['text/plain;version=0.0.4;q=1,*/*;q=0.1', false],
    [OPENMETRICS, true],
    [
      `${OPENMETRICS};escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=0.0.4;q=0.4,*/*;q=0.2`,
      true,
    ],
    [`${OPENMETRICS};q=0.3,text/plain;q=0.7`, false],
    [`${OPENMETRICS};q=0`, false],
    ['application/openmetrics-text;version=2.0.0', false],
    ['Application/OpenMetrics-Text; Version=1.0.0; Charset=utf-8', true],
  ])('is what %s asks for: %s', (accept, wanted) => {
    expect(wantsOpenMetrics(accept)).toBe(wanted);
  });
});
