import { type Collector, fieldsOf, readProc, single } from './collector.ts';

/** Open file descriptors of the host, from /proc/sys/fs/file-nr. */
export const filefd: Collector = {
  name: 'filefd',
  async collect(context) {
    const [[allocated, , maximum] = []] = fieldsOf(await readProc(context, 'sys/fs/file-nr'));
    return [
      single('gauge', 'node_filefd_allocated', 'File descriptors in use.', Number(allocated)),
      single('gauge', 'node_filefd_maximum', 'Most file descriptors that the kernel allows.', Number(maximum)),
    ];
  },
};
