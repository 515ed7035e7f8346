import { getServers } from 'node:dns';
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';

/** What /etc/resolv.conf says (resolv.conf(5)); `servers` in the form that `dns.Resolver.setServers` takes. */
export interface ResolvConf {
  readonly servers: readonly string[];
  readonly search: readonly string[];
  readonly ndots: number;
}

/** Reads the system's settings; where there is no such file, Node's own servers without a search list. */
export async function readResolvConf(path = '/etc/resolv.conf'): Promise<ResolvConf> {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  return text === undefined ? { servers: getServers(), search: [], ndots: 1 } : parseResolvConf(text);
}

/** Parses the text of resolv.conf. A server may be `[address]:port`. */
export function parseResolvConf(text: string): ResolvConf {
  const servers: string[] = [];
  let search: readonly string[] = [];
  let ndots = 1;
  for (const line of text.split('\n')) {
    const [word = '', ...values] = line
      .replace(/[#;].*/, '')
      .trim()
      .split(/\s+/);
    if (word === 'nameserver' && values[0] !== undefined) servers.push(values[0]);
    if (word === 'domain' || word === 'search') search = values;
    if (word !== 'options') continue;
    for (const option of values) {
      const count = /^ndots:(\d+)$/.exec(option)?.[1];
      if (count !== undefined) ndots = Math.min(Number(count), 15);
    }
  }
  const usable = servers.filter((server) => isIP(server.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/%.*$/, '')) !== 0);
  return { servers: usable.length > 0 ? usable : ['127.0.0.1'], search, ndots };
}

/** The full names to ask for, in order: the name itself first when it has at least `ndots` dots, else behind those of the search list. */
export function namesToAsk(name: string, { search, ndots }: ResolvConf): string[] {
  if (name.endsWith('.')) return [name];
  const searched = search.map((domain) => `${name}.${domain.replace(/^\.+|\.+$/g, '')}.`.replace(/\.+$/, '.'));
  const dots = name.split('.').length - 1;
  return dots >= ndots ? [`${name}.`, ...searched] : [...searched, `${name}.`];
}
