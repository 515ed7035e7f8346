import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ConfigFile } from './config-file.ts';
import { checkDiscovery, UNSUPPORTED_DISCOVERIES } from './discovery.ts';

describe('discoverers that are not there', () => {
  it('are those that the README names', () => {
    const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
    const section = readme.slice(readme.indexOf('## Service discovery'));
    const paragraph = /\nNot there; .*?\n\n/s.exec(section)?.[0] ?? '';
    const named = [...paragraph.slice(paragraph.indexOf('place:')).matchAll(/`([a-z0-9]+)`/g)].map(([, name]) => `${name}_sd_configs`);
    expect(named).toEqual([...UNSUPPORTED_DISCOVERIES]);
  });

  it.each(UNSUPPORTED_DISCOVERIES)('%s: a warning names the job', (key) => {
    const file = new ConfigFile('prometheus.yml', `${key}: [{}]\n`);
    checkDiscovery(file, [], "job 'cloud'");
    expect(file.problems).toMatchObject([
      {
        severity: 'warning',
        message: `${key} is not supported; job 'cloud' finds no targets this way (list them with file_sd_configs or http_sd_configs)`,
      },
    ]);
  });
});
