import { hostname, machine, release, type as sysname, version } from 'node:os';
import { gauge, type HostCollector } from './collector.ts';

/** `node_uname_info`. */
export const unameCollector: HostCollector = {
  name: 'uname',
  async collect(files) {
    const domainname = (await files.read('sys/kernel/domainname'))?.trim() ?? '(none)';
    const labels = { domainname, machine: machine(), nodename: hostname(), release: release(), sysname: sysname(), version: version() };
    return [gauge('node_uname_info', 'Labeled system information as provided by the uname system call.', [{ labels, value: 1 }])];
  },
};
