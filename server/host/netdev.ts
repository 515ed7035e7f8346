import { type Collector, family, readProc } from './collector.ts';

/** Columns of /proc/net/dev in the kernel's order. */
const RECEIVE = ['bytes', 'packets', 'errs', 'drop', 'fifo', 'frame', 'compressed', 'multicast'];
const TRANSMIT = ['bytes', 'packets', 'errs', 'drop', 'fifo', 'colls', 'carrier', 'compressed'];

/** `node_network_{receive,transmit}_*_total` by device, from /proc/net/dev. */
export const netdev: Collector = {
  name: 'netdev',
  async collect(context) {
    const devices = (await readProc(context, 'net/dev')).split('\n').flatMap((line) => {
      const [, device, numbers] = /^\s*([^:]+):\s*(.*)$/.exec(line) ?? [];
      return device === undefined || numbers === undefined ? [] : [{ device, counts: numbers.trim().split(/\s+/).map(Number) }];
    });
    const direction = (word: string, columns: readonly string[], offset: number) =>
      columns.map((column, i) =>
        family(
          'counter',
          `node_network_${word}_${column}_total`,
          `Network device: ${word} ${column}.`,
          devices.map(({ device, counts }) => ({ labels: { device }, value: counts[offset + i] ?? 0 })),
        ),
      );
    return [...direction('receive', RECEIVE, 0), ...direction('transmit', TRANSMIT, RECEIVE.length)];
  },
};
