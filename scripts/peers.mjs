// Fetches the real programs that tests compare with, as Debian packages from sid, and unpacks them under .cache/peers. Nothing is
// installed, so that no daemon takes a port. `node scripts/peers.mjs` prints one line for each; tests whose peer is missing are skipped.
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const cache = join(root, '.cache');
const keyring = '/usr/share/keyrings/debian-archive-keyring.gpg';

/** Folder under .cache/peers, Debian packages, and the programs that tests look for. */
const PEERS = [
  { folder: 'prometheus-3', packages: ['prometheus', 'promtool'], programs: ['usr/bin/prometheus', 'usr/bin/promtool'] },
  { folder: 'alertmanager', packages: ['prometheus-alertmanager'], programs: ['usr/bin/prometheus-alertmanager', 'usr/bin/amtool'] },
  { folder: 'victoria-metrics', packages: ['victoria-metrics'], programs: ['usr/bin/victoria-metrics'] },
  { folder: 'pushgateway', packages: ['prometheus-pushgateway'], programs: ['usr/bin/prometheus-pushgateway'] },
  { folder: 'node-exporter', packages: ['prometheus-node-exporter'], programs: ['usr/bin/prometheus-node-exporter'] },
  {
    folder: 'python',
    packages: [
      'python3-prometheus-client',
      'python3-requests',
      'python3-urllib3',
      'python3-idna',
      'python3-certifi',
      'python3-chardet',
      'python3-decorator',
    ],
    programs: ['prometheus_client/__init__.py', 'requests/__init__.py', 'decorator/__init__.py'].map(
      (name) => `usr/lib/python3/dist-packages/${name}`,
    ),
  },
];

/** The Debian mirror that this machine already uses. */
function debianMirror() {
  const folder = '/etc/apt/sources.list.d';
  const files = existsSync(folder) ? readdirSync(folder).filter((name) => /\.(list|sources)$/.test(name)) : [];
  const texts = [...files.map((name) => join(folder, name)), '/etc/apt/sources.list']
    .filter(existsSync)
    .map((file) => readFileSync(file, 'utf8'));
  const lines = texts
    .join('\n')
    .split('\n')
    .filter((line) => /^(URIs:|deb )/.test(line));
  return lines.flatMap((line) => line.split(/\s+/)).find((word) => /^https?:\/\/\S+\/debian\/?$/.test(word));
}

/** apt options for package lists of our own, apart from the system's. */
function privateApt(mirror) {
  const state = join(cache, 'apt');
  mkdirSync(join(state, 'lists', 'partial'), { recursive: true });
  mkdirSync(join(state, 'cache', 'archives', 'partial'), { recursive: true });
  chmodSync(state, 0o755);
  const list = join(state, 'sources.list');
  writeFileSync(list, `deb [signed-by=${keyring}] ${mirror} sid main\n`);
  const options = {
    'Dir::Etc::sourcelist': list,
    'Dir::Etc::sourceparts': '-',
    'Dir::State::lists': join(state, 'lists'),
    'Dir::Cache': join(state, 'cache'),
  };
  return ['-o', 'APT::Sandbox::User=root', '-qq', ...Object.entries(options).flatMap(([name, value]) => ['-o', `${name}=${value}`])];
}

function fetchMissing(missing) {
  const mirror = debianMirror();
  if (!mirror || !existsSync(keyring)) throw new Error('this is not a Debian system with a package source');
  const apt = privateApt(mirror);
  const downloads = join(cache, 'deb');
  rmSync(downloads, { recursive: true, force: true });
  mkdirSync(downloads, { recursive: true });
  execFileSync('apt-get', [...apt, 'update'], { stdio: ['ignore', 'ignore', 'pipe'], timeout: 120_000 });
  execFileSync('apt-get', [...apt, 'download', ...missing.flatMap((peer) => peer.packages)], {
    cwd: downloads,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 300_000,
  });
  for (const peer of missing) {
    const target = join(cache, 'peers', peer.folder);
    rmSync(target, { recursive: true, force: true });
    mkdirSync(target, { recursive: true });
    for (const name of peer.packages) {
      const file = readdirSync(downloads).find((entry) => entry.startsWith(`${name}_`));
      execFileSync('dpkg-deb', ['-x', join(downloads, file), target]);
    }
  }
  rmSync(downloads, { recursive: true, force: true });
}

/** Fetches what is missing; returns a line for each peer that could not be had. */
export function ensurePeers() {
  const isThere = (peer) => peer.programs.every((program) => existsSync(join(cache, 'peers', peer.folder, program)));
  const missing = PEERS.filter((peer) => !isThere(peer));
  let reason = '';
  if (missing.length > 0) {
    try {
      fetchMissing(missing);
    } catch (error) {
      reason =
        String(error.stderr ?? '')
          .trim()
          .split('\n')
          .at(-1) || error.message;
    }
  }
  return PEERS.filter((peer) => !isThere(peer)).map(
    (peer) => `${peer.packages[0]}: not to be had (${reason}); the tests against it are left out`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const left = ensurePeers();
  for (const line of left) console.log(line);
  if (left.length === 0) console.log(`All peers are under ${join(cache, 'peers')}`);
}
