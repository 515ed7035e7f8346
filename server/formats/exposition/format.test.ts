import { expect, it } from 'vitest';
import { formatExposition } from './format.ts';

it('writes families as the text format wants them', () => {
  const text = formatExposition([
    {
      name: 'http_seconds',
      type: 'histogram',
      help: 'Time\nof "requests" in C:\\',
      samples: [
        { suffix: '_bucket', labels: { le: '+Inf', path: 'a"b\\c\nd' }, value: 3 },
        { suffix: '_sum', value: Number.POSITIVE_INFINITY },
        { suffix: '_count', value: 3, timestampMs: 1700000000000 },
      ],
    },
    { name: 'my.metric', type: 'unknown', help: '', samples: [{ labels: { 'x.y': 'z', '': '' }, value: -0 }, { value: Number.NaN }] },
    { name: 'none', type: 'gauge', help: 'Nothing yet.', samples: [] },
  ]);
  expect(Buffer.from(text).toString()).toBe(
    [
      '# HELP http_seconds Time\\nof "requests" in C:\\\\',
      '# TYPE http_seconds histogram',
      'http_seconds_bucket{le="+Inf",path="a\\"b\\\\c\\nd"} 3',
      'http_seconds_sum +Inf',
      'http_seconds_count 3 1700000000000',
      '# TYPE "my.metric" untyped',
      '{"my.metric","x.y"="z",""=""} -0',
      '{"my.metric"} NaN',
      '# HELP none Nothing yet.',
      '# TYPE none gauge',
      '',
    ].join('\n'),
  );
});
