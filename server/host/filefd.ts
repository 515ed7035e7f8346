import { gauge, type HostCollector, words } from './collector.ts';

/** `node_filefd_allocated` and `node_filefd_maximum`. */
export const filefdCollector: HostCollector = {
  name: 'filefd',
  async collect(files) {
    const text = await files.read('sys/fs/file-nr');
    if (text === undefined) return [];
    const [allocated, , maximum] = words(text);
    return [
      gauge('node_filefd_allocated', 'File descriptor statistics: allocated.', Number(allocated)),
      gauge('node_filefd_maximum', 'File descriptor statistics: maximum.', Number(maximum)),
    ];
  },
};
