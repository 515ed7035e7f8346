import { counter, type HostCollector, lines, words } from './collector.ts';

// Columns of /proc/net/dev behind the device.
const RECEIVE = ['bytes', 'packets', 'errs', 'drop', 'fifo', 'frame', 'compressed', 'multicast'];
const TRANSMIT = ['bytes', 'packets', 'errs', 'drop', 'fifo', 'colls', 'carrier', 'compressed'];

/** `node_network_receive_*` and `node_network_transmit_*` of all network devices. */
export const netdevCollector: HostCollector = {
  name: 'netdev',
  async collect(files) {
    const devices = lines(await files.read('net/dev')).flatMap((line) => {
      const colon = line.lastIndexOf(':');
      return colon < 0 ? [] : [{ device: line.slice(0, colon).trim(), numbers: words(line.slice(colon + 1)).map(Number) }];
    });
    if (devices.length === 0) return [];
    const nohandler = await Promise.all(devices.map(({ device }) => files.readSys(`class/net/${device}/statistics/rx_nohandler`)));
    const family = (direction: string, column: string, i: number) =>
      counter(
        `node_network_${direction}_${column}_total`,
        `Network device statistic ${direction}_${column}.`,
        devices.map(({ device, numbers }) => ({ labels: { device }, value: numbers[i] ?? 0 })),
      );
    return [
      ...RECEIVE.map((column, i) => family('receive', column, i)),
      counter(
        'node_network_receive_nohandler_total',
        'Network device statistic receive_nohandler.',
        devices.flatMap(({ device }, i) => (nohandler[i] === undefined ? [] : [{ labels: { device }, value: Number(nohandler[i]) }])),
      ),
      ...TRANSMIT.map((column, i) => family('transmit', column, i + RECEIVE.length)),
    ];
  },
};
