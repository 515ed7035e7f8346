import { hostname, machine, release, type, version } from 'node:os';
import { type Collector, family, readProc } from './collector.ts';

/** `node_uname_info`: the kernel and the host's name as labels. */
export const uname: Collector = {
  name: 'uname',
  async collect(context) {
    const domainname = (await readProc(context, 'sys/kernel/domainname').catch(() => '(none)')).trim();
    const labels = { domainname, machine: machine(), nodename: hostname(), release: release(), sysname: type(), version: version() };
    return [family('gauge', 'node_uname_info', 'The kernel and the name of the host, as labels.', [{ labels, value: 1 }])];
  },
};
