// Programs that see files of their own at fixed places (/etc/resolv.conf, /var/run/secrets): a mount namespace for each, which takes root on Linux.
import { spawnSync } from 'node:child_process';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Whether this machine lets us have one. */
export function hasOwnMounts(): boolean {
  return spawnSync('unshare', ['--mount', 'true']).status === 0;
}

/** Writes a script into `folder` that starts `program` with its arguments where `resolvConf` and `serviceAccount` (a folder) are in their places. */
export async function withOwnMounts(
  folder: string,
  name: string,
  program: string,
  { resolvConf, serviceAccount }: { readonly resolvConf: string; readonly serviceAccount: string },
): Promise<string> {
  const script = join(folder, name);
  // /run is hidden, so that nothing is made on the machine itself.
  const mounts = [
    `mount --bind '${resolvConf}' /etc/resolv.conf`,
    'mount -t tmpfs tmpfs /run',
    'mkdir -p /var/run/secrets/kubernetes.io/serviceaccount',
    `mount --bind '${serviceAccount}' /var/run/secrets/kubernetes.io/serviceaccount`,
    `exec '${program}' "$@"`,
  ].join(' && ');
  await writeFile(script, `#!/bin/sh\nexec unshare --mount sh -c '${mounts.replaceAll("'", `'\\''`)}' sh "$@"\n`);
  await chmod(script, 0o755);
  return script;
}
