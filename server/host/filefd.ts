import { gauge, type HostCollector, words } from './collector.ts';

/** `node_filefd_allocated` and `node_filefd_maximum`. */
export const filefdCollector: HostCollector = {
  name: 'filefd',
  async collect(files) {
    const text = await files.read('sys/fs/file-nr');
    if (text === undefined) return [];
    const [allocated, , maximum] = words(text);
    return [
      gauge('node_filefd_allocated', 'File descriptors in use.', Number(allocated)),
      gauge('node_filefd_maximum', 'File descriptors that the system allows.', Number(maximum)),
    ];
  },
};
