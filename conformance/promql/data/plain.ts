// What services produce on good days: counters, gauges, their metadata.
import type { Random } from '../random.ts';
import { counter, END_MS, type Sample, type Series, START_MS, scraped } from './series.ts';

/** Counters by job, instance, code and method; and errors by job and instance. */
export function requests(random: Random): Series[] {
  const series: Series[] = [];
  for (const job of ['api', 'web'])
    for (const instance of job === 'api' ? ['a:80', 'b:80', 'c:80'] : ['a:80', 'd:80']) {
      for (const code of ['200', '404', '500'])
        for (const method of code === '200' ? ['GET', 'POST'] : ['GET'])
          series.push(counter({ __name__: 'http_requests_total', job, instance, code, method }, random, code === '200' ? 25 : 2));
      series.push(counter({ __name__: 'errors_total', job, instance }, random, 1));
      series.push(counter({ __name__: 'cpu_seconds_total', job, instance, mode: 'user' }, random, 4, { isWhole: false }));
      series.push(counter({ __name__: 'cpu_seconds_total', job, instance, mode: 'idle' }, random, 9, { isWhole: false, resets: 0 }));
    }
  return series;
}

/** What targets say of themselves: constant ones, some replaced half-way. */
export function metadata(): Series[] {
  const half = 240;
  return ['a:80', 'b:80', 'c:80', 'd:80'].flatMap((instance, i): Series[] => {
    const job = i === 3 ? 'web' : 'api';
    const target = { job, instance };
    const until = (end: number) => (n: number) => (n < end ? 1 : n === end ? ('stale' as const) : undefined);
    const from = (begin: number) => (n: number) => (n >= begin ? 1 : undefined);
    return [
      scraped({ __name__: 'up', ...target }, (n) => (i === 1 && n > 200 && n < 260 ? 0 : 1)),
      scraped({ __name__: 'build_info', ...target, version: `1.${i}.0`, branch: 'main' }, until(half + i)),
      scraped({ __name__: 'build_info', ...target, version: `1.${i}.1`, branch: 'main' }, from(half + i)),
      scraped({ __name__: 'target_info', ...target, cluster: i < 2 ? 'eu' : 'us', version: '1', 'service.namespace': 'shop' }, until(half)),
      scraped({ __name__: 'target_info', ...target, cluster: i < 2 ? 'eu' : 'us', version: '2', 'service.namespace': 'shop' }, from(half)),
      scraped({ __name__: 'limit', ...target }, (n) => 1_000 * (i + 1) + Math.floor(n / 100)),
    ];
  });
}

/** Values that go up and down, floats and whole numbers, and times of the clock. */
export function gauges(random: Random): Series[] {
  const series: Series[] = [];
  for (const [i, room] of ['attic', 'cellar', 'hall'].entries())
    for (const sensor of ['1', '2'])
      series.push(
        scraped({ __name__: 'temperature_celsius', room, sensor }, (n) => 12 * Math.sin(n / 37 + i) + 5 * Number(sensor) + random.unit()),
      );
  for (const queue of ['mail', 'print', 'sms', 'push'])
    series.push(scraped({ __name__: 'queue_length', queue, job: 'api' }, () => random.below(queue === 'sms' ? 3 : 40)));
  for (const disk of ['sda', 'sdb'])
    series.push(scraped({ __name__: 'disk_free_bytes', disk, instance: 'a:80' }, (n) => 5e11 - n * 1.7e8 * (disk === 'sda' ? 1 : 3)));
  for (const [i, zone] of ['utc', 'past', 'leap', 'far'].entries())
    series.push(
      scraped({ __name__: 'clock_seconds', zone }, (n) => [START_MS / 1000, -2_208_988_800, 951_782_399, 4_102_444_799][i]! + n * 7_919),
    );
  for (const group of ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p'])
    series.push(
      scraped({ __name__: 'many', group, half: group < 'i' ? 'first' : 'second' }, (n) => (n * 7 + group.charCodeAt(0) * 13) % 101),
    );
  series.push(scraped({ __name__: 'steady', job: 'api' }, () => 42));
  series.push(scraped({ __name__: 'steady_total', job: 'api' }, (n) => (n < 120 ? n * 10 : (n - 120) * 10)));
  return series;
}

/** A sample every twenty minutes of the thirty-one days before the end. */
export function monthly(random: Random): Series[] {
  const every = 20 * 60_000;
  const make = (labels: Record<string, string>, valueAt: (n: number) => number): Series => {
    const samples: Sample[] = [];
    for (let t = END_MS - 31 * 86_400_000, n = 0; t <= END_MS; t += every, n++) samples.push({ timestampMs: t, value: valueAt(n) });
    return { labels, samples };
  };
  let total = 0;
  return [
    make({ __name__: 'orders_total', shop: 'north' }, (n) => {
      total = n % 700 === 699 ? 0 : total + random.below(50);
      return total;
    }),
    make({ __name__: 'orders_total', shop: 'south' }, (n) => n * 3.25),
    make({ __name__: 'load_average', shop: 'north' }, (n) => 3 + Math.sin(n / 72) + random.unit()),
    make({ __name__: 'load_average', shop: 'south' }, (n) => 1e6 * (1 + Math.cos(n / 11))),
  ];
}
