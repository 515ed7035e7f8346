import { type Collector, type HostContext, readProc, single } from './collector.ts';

const RESOURCES = ['cpu', 'io', 'memory'] as const;
const MICROSECONDS = 1 / 1_000_000;

/** Pressure stall information: how long work waited (`some`) or stood still (`full`) for want of a resource. */
export const pressure: Collector = {
  name: 'pressure',
  async collect(context) {
    return (await Promise.all(RESOURCES.map((resource) => familiesOf(context, resource)))).flat();
  },
};

async function familiesOf(context: HostContext, resource: (typeof RESOURCES)[number]) {
  const text = await readProc(context, `pressure/${resource}`);
  const totalOf = (word: string) => /total=(\d+)/.exec(text.split('\n').find((line) => line.startsWith(word)) ?? '')?.[1];
  const waiting = Number(totalOf('some') ?? 0) * MICROSECONDS;
  const stalled = Number(totalOf('full') ?? 0) * MICROSECONDS;
  const name = `node_pressure_${resource}`;
  const families = [single('counter', `${name}_waiting_seconds_total`, `Time that some work waited for ${resource}.`, waiting)];
  // The kernel gives no meaningful "full" for processors.
  if (resource !== 'cpu')
    families.push(single('counter', `${name}_stalled_seconds_total`, `Time that all work stood still for want of ${resource}.`, stalled));
  return families;
}
