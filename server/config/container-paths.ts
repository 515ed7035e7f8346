import { dirname, join, resolve } from 'node:path';
import type { ComposeMount, ComposeRole } from './compose.ts';
import type { MapPath } from './map-path.ts';

/** Where the files of the upstream programs lie on this machine; '' = nowhere. */
export interface ProgramFolders {
  readonly prometheusFile: string;
  readonly alertmanagerFile: string;
  readonly provisioningDir: string;
  readonly dashboardsDir: string;
}

/**
 * A translation of the paths in one program's files: relative ones start at `baseDir`, container paths follow the volume mounts of the
 * program's own compose service, then the images' customs (`/etc/prometheus` is the folder of prometheus.yml, …). Others stay as they are.
 */
export function pathMapper(role: ComposeRole, baseDir: string, mounts: readonly ComposeMount[], folders: ProgramFolders): MapPath {
  const own = mounts.filter((mount) => mount.role === role);
  const customs = customMounts(folders);
  return (path) => {
    if (!path.startsWith('/')) return resolve(baseDir, path);
    return under(path, own) ?? under(path, customs) ?? path;
  };
}

function customMounts(folders: ProgramFolders): ComposeMount[] {
  const pairs: [container: string, host: string][] = [
    ['/etc/prometheus', folders.prometheusFile && dirname(folders.prometheusFile)],
    ['/etc/alertmanager', folders.alertmanagerFile && dirname(folders.alertmanagerFile)],
    ['/var/lib/grafana/dashboards', folders.dashboardsDir],
    ['/etc/grafana/provisioning', folders.provisioningDir],
    ['/etc/grafana/dashboards', folders.dashboardsDir],
  ];
  return pairs.flatMap(([containerPath, hostPath]) => (hostPath === '' ? [] : [{ role: 'other' as const, containerPath, hostPath }]));
}

function under(path: string, mounts: readonly ComposeMount[]): string | undefined {
  const matching = mounts.filter(({ containerPath }) => path === containerPath || path.startsWith(`${containerPath}/`));
  const best = matching.sort((a, b) => b.containerPath.length - a.containerPath.length)[0];
  return best && join(best.hostPath, path.slice(best.containerPath.length));
}
