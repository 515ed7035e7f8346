import { resolve } from 'node:path';
import { ConfigFile } from './config-file.ts';
import type { YamlPath } from './yaml-file.ts';

/** The programs of the upstream stack whose settings a compose file can hold. */
export type ComposeRole = 'prometheus' | 'alertmanager' | 'grafana' | 'other';

/** A folder or file of this machine that a container sees under another path. */
export interface ComposeMount {
  readonly role: ComposeRole;
  readonly hostPath: string;
  readonly containerPath: string;
}

/** A `--name=value` of a service's `command:`; `value` is '' for a bare flag. */
export interface ComposeFlag {
  readonly role: ComposeRole;
  readonly name: string;
  readonly value: string;
  readonly path: YamlPath;
}

/** What matters to us in a docker-compose file. */
export interface Compose {
  readonly file: ConfigFile;
  readonly mounts: readonly ComposeMount[];
  readonly flags: readonly ComposeFlag[];
}

/** Reads a docker-compose file leniently: it is not ours, so nothing in it is a fault but broken YAML, and that is a warning. */
export function readCompose(path: string, source: string, dir: string): Compose {
  const file = new ConfigFile(path, source);
  const mounts: ComposeMount[] = [];
  const flags: ComposeFlag[] = [];
  for (const name of file.keys(['services'])) {
    const service = ['services', name];
    const role = roleOf(name, file.text([...service, 'image']) ?? '');
    for (const volume of file.items([...service, 'volumes'])) {
      const mount = mountOf(file, volume, dir);
      if (mount) mounts.push({ role, ...mount });
    }
    flags.push(...flagsOf(file, [...service, 'command'], role));
  }
  return { file, mounts, flags };
}

function roleOf(service: string, image: string): ComposeRole {
  const program =
    (image.split('@')[0] ?? '')
      .replace(/:[^/]*$/, '')
      .split('/')
      .at(-1) ?? '';
  const word = program === '' ? service : program;
  if (/^prometheus$|^prom$/.test(word)) return 'prometheus';
  if (/^alertmanager$/.test(word)) return 'alertmanager';
  return /^grafana(-oss|-enterprise)?$/.test(word) ? 'grafana' : 'other';
}

// Short form `./a:/b:ro`, long form {type: bind, source: ./a, target: /b}. Named volumes hold data, not configuration.
function mountOf(file: ConfigFile, volume: YamlPath, dir: string): { hostPath: string; containerPath: string } | undefined {
  const short = file.text(volume);
  const [source, target] =
    short === undefined ? [file.text([...volume, 'source']), file.text([...volume, 'target'])] : short.split(':').slice(0, 2);
  if (source === undefined || target === undefined || !/^[./~]/.test(source) || !target.startsWith('/')) return undefined;
  return { hostPath: resolve(dir, source), containerPath: target.replace(/(.)\/+$/, '$1') };
}

function flagsOf(file: ConfigFile, command: YamlPath, role: ComposeRole): ComposeFlag[] {
  const line = file.text(command);
  const words =
    line === undefined
      ? file.items(command).map((path) => ({ word: file.text(path) ?? '', path }))
      : line.split(/\s+/).map((word) => ({ word, path: command }));
  return words.flatMap(({ word, path }, i) => {
    const match = /^--?([a-zA-Z][\w.-]*)(?:=([\s\S]*))?$/.exec(word);
    if (!match) return [];
    const next = words[i + 1]?.word ?? '';
    const value = match[2] ?? (next.startsWith('-') ? '' : next);
    return [{ role, name: match[1] ?? '', value: value.replace(/^(['"])([\s\S]*)\1$/, '$2'), path }];
  });
}
