import type { z } from 'zod';
import type { ConfigFile } from './config-file.ts';
import { dnsSection, toDnsDiscovery } from './dns-discovery.ts';
import { dockerSection, toDockerDiscovery } from './docker-discovery.ts';
import { checkedText, duration, httpUrl, labelMap, listOf, section, unused } from './fields.ts';
import { checkHttpClient, httpClientShape, toHttpClient } from './http-client.ts';
import { checkKubernetes, kubernetesSection, toKubernetesDiscovery } from './kubernetes-discovery.ts';
import type { MapPath } from './map-path.ts';
import type { DiscoveryConfig } from './scrape-config.ts';
import type { YamlPath } from './yaml-file.ts';

/** Upstream's discoverers that find nothing here; file and http discovery stand in for them. */
export const UNSUPPORTED_DISCOVERIES = [
  'azure_sd_configs',
  'consul_sd_configs',
  'digitalocean_sd_configs',
  'dockerswarm_sd_configs',
  'ec2_sd_configs',
  'eureka_sd_configs',
  'gce_sd_configs',
  'hetzner_sd_configs',
  'ionos_sd_configs',
  'kuma_sd_configs',
  'lightsail_sd_configs',
  'linode_sd_configs',
  'marathon_sd_configs',
  'nerve_sd_configs',
  'nomad_sd_configs',
  'openstack_sd_configs',
  'ovhcloud_sd_configs',
  'puppetdb_sd_configs',
  'scaleway_sd_configs',
  'serverset_sd_configs',
  'stackit_sd_configs',
  'triton_sd_configs',
  'uyuni_sd_configs',
  'vultr_sd_configs',
] as const;

const FILE_PATTERN = /^[^*]*(\*[^/]*)?\.(json|yml|yaml|JSON|YML|YAML)$/;
const HTTP_DEFAULT_REFRESH_MS = 60_000;
const FILE_DEFAULT_REFRESH_MS = 300_000;

/** `static_configs`, the discoverers that work here, and the keys of the others. */
export const discoveryShape = {
  static_configs: listOf(section({ targets: listOf(checkedText(addressFault)), labels: labelMap().default({}) })),
  file_sd_configs: listOf(
    section({ files: listOf(checkedText(patternFault)), refresh_interval: duration().default(FILE_DEFAULT_REFRESH_MS) }),
  ),
  http_sd_configs: listOf(section({ ...httpClientShape, url: httpUrl(), refresh_interval: duration().default(HTTP_DEFAULT_REFRESH_MS) })),
  dns_sd_configs: listOf(dnsSection),
  docker_sd_configs: listOf(dockerSection),
  kubernetes_sd_configs: listOf(kubernetesSection),
  ...unused(UNSUPPORTED_DISCOVERIES),
};

/** What the shape above reads. */
export type DiscoverySettings = z.output<z.ZodObject<typeof discoveryShape>>;

/** Cross-checks of the discoverers below `path`; `subject` names who finds no targets through one that does not work here. */
export function checkDiscovery(file: ConfigFile, path: YamlPath, subject: string): void {
  for (const item of file.items([...path, 'file_sd_configs'])) {
    if (file.items([...item, 'files']).length === 0) {
      file.error(item, 'file service discovery config must contain at least one path name (files: ["targets/*.yml"])');
    }
  }
  for (const key of ['http_sd_configs', 'docker_sd_configs', 'kubernetes_sd_configs']) {
    for (const item of file.items([...path, key])) checkHttpClient(file, item);
  }
  for (const item of file.items([...path, 'kubernetes_sd_configs'])) checkKubernetes(file, item);
  for (const key of UNSUPPORTED_DISCOVERIES) {
    if (file.has([...path, key]))
      file.warn(
        [...path, key],
        `${key} is not supported; ${subject} finds no targets this way (list them with file_sd_configs or http_sd_configs)`,
      );
  }
}

/** From the file's settings to the contract; `source` of static groups tells them apart. */
export function toDiscoveries(settings: DiscoverySettings, mapPath: MapPath): DiscoveryConfig[] {
  const { static_configs: groups, file_sd_configs: files, http_sd_configs: urls } = settings;
  return [
    ...(groups.length === 0 ? [] : [{ type: 'static' as const, groups: groups.map((group, i) => ({ ...group, source: `static/${i}` })) }]),
    ...files.map((item) => ({ type: 'file' as const, patterns: item.files.map(mapPath), refreshIntervalMs: item.refresh_interval })),
    ...urls.map((item) => ({
      type: 'http' as const,
      url: item.url,
      refreshIntervalMs: item.refresh_interval,
      client: toHttpClient(item, mapPath),
    })),
    ...settings.dns_sd_configs.map(toDnsDiscovery),
    ...settings.docker_sd_configs.map((item) => toDockerDiscovery(item, mapPath)),
    ...settings.kubernetes_sd_configs.map((item) => toKubernetesDiscovery(item, mapPath)),
  ];
}

/** What is wrong with a target address: it is host:port, not a URL. */
export function addressFault(address: string): string | undefined {
  if (address.includes('/')) {
    return `"${address}" is not a valid hostname (write host:port; the rest belongs in scheme and metrics_path)`;
  }
  return address === '' ? 'empty target address' : undefined;
}

function patternFault(pattern: string): string | undefined {
  if (FILE_PATTERN.test(pattern)) return undefined;
  return `path name "${pattern}" is not valid for file discovery (.json, .yml or .yaml, with * only in the last part)`;
}
