import { createHash } from 'node:crypto';
import type { z } from 'zod';
import type { RelabelRule } from '../relabel/rule.ts';
import type { ConfigFile } from './config-file.ts';
import { checkedText, duration, flag, listOf, mapOf, section, text, unused, urlFault, wholeNumber } from './fields.ts';
import { checkHttpClient, type HttpClientConfig, httpClientShape, toHttpClient } from './http-client.ts';
import { CLIENT_HEADERS, headerNameFault } from './http-headers.ts';
import type { MapPath } from './map-path.ts';
import { checkRelabelRules, relabelRules, toRelabelRules } from './relabel-rules.ts';
import type { YamlPath } from './yaml-file.ts';

/** How samples are gathered into requests: `queue_config`. */
export interface SendQueueConfig {
  /** Samples that each shard holds in memory. */
  readonly capacity: number;
  readonly minShards: number;
  readonly maxShards: number;
  readonly maxSamplesPerSend: number;
  readonly batchSendDeadlineMs: number;
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  readonly retryOnHttp429: boolean;
  /** Older samples are not sent; 0 = samples of any age are. */
  readonly sampleAgeLimitMs: number;
}

/** An entry of `remote_write`. */
export interface RemoteWriteConfig {
  /** For metrics and messages: the name given, else six digits that stand for the settings, as upstream. */
  readonly name: string;
  /** The same for as long as what is queued goes to the same place: the name given, else the address, with a digest of the settings where several have it. */
  readonly key: string;
  readonly url: string;
  readonly timeoutMs: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly relabel: readonly RelabelRule[];
  readonly protocol: '1.0' | '2.0';
  readonly sendExemplars: boolean;
  readonly sendNativeHistograms: boolean;
  readonly client: HttpClientConfig;
  readonly metadata: { readonly send: boolean; readonly intervalMs: number; readonly maxSamplesPerSend: number };
  readonly queue: SendQueueConfig;
}

const PROTOCOLS: Readonly<Record<string, '1.0' | '2.0'>> = {
  'prometheus.WriteRequest': '1.0',
  'io.prometheus.write.v2.Request': '2.0',
};
const AUTHORIZATION_WAYS = 'basic_auth, authorization or oauth2';
const RESERVED_HEADERS = new Set([...CLIENT_HEADERS, 'x-prometheus-remote-read-version']);
const NOT_YET: Readonly<Record<string, string>> = {
  sigv4: 'requests are sent without it',
  azuread: 'requests are sent without it',
  google_iam: 'requests are sent without it',
  round_robin_dns: 'the addresses of a name are used as the system orders them',
};

const DEFAULT_SHARDS = { min_shards: 1, max_shards: 50 };

const queueSection = section({
  capacity: wholeNumber(1).default(10_000),
  max_shards: wholeNumber(1).default(DEFAULT_SHARDS.max_shards),
  min_shards: wholeNumber(1).default(DEFAULT_SHARDS.min_shards),
  max_samples_per_send: wholeNumber(1).default(2_000),
  batch_send_deadline: duration().default(5_000),
  min_backoff: duration().default(30),
  max_backoff: duration().default(5_000),
  retry_on_http_429: flag().default(false),
  sample_age_limit: duration().default(0),
});

const metadataSection = section({
  send: flag().default(true),
  send_interval: duration().default(60_000),
  max_samples_per_send: wholeNumber(1).default(2_000),
});

const remoteWriteSection = section({
  ...httpClientShape,
  url: checkedText((value) => (value === '' ? 'url for remote_write is empty' : urlFault(value))),
  remote_timeout: duration().default(30_000),
  headers: mapOf(text()).default({}),
  write_relabel_configs: relabelRules,
  name: text().default(''),
  send_exemplars: flag().default(false),
  send_native_histograms: flag().default(false),
  protobuf_message: checkedText((value) =>
    Object.hasOwn(PROTOCOLS, value)
      ? undefined
      : `unknown remote write protobuf message "${value}", supported: ${Object.keys(PROTOCOLS).join(', ')}`,
  ).default('prometheus.WriteRequest'),
  queue_config: queueSection.optional(),
  metadata_config: metadataSection.optional(),
  ...unused(Object.keys(NOT_YET)),
});

type RemoteWriteSettings = z.output<typeof remoteWriteSection>;

/** All entries of `remote_write` that have no fault, and where they stand; faults are added to `file`. */
export function readRemoteWrites(file: ConfigFile, mapPath: MapPath): (RemoteWriteConfig & { readonly item: YamlPath })[] {
  const path = ['remote_write'];
  if (file.has(path) && !Array.isArray(file.get(path))) file.read(listOf(remoteWriteSection), path);
  const names = new Set<string>();
  /** By entries without a name. */
  const sentTo = new Set<string>();
  const urls = file.items(path).flatMap((item) => (file.text([...item, 'name']) ? [] : [file.text([...item, 'url'])]));
  return file.items(path).flatMap((item) => {
    if (!file.has(item)) {
      file.error(item, 'empty or null remote write config section');
      return [];
    }
    const settings = file.read(remoteWriteSection, item);
    checkRemoteWrite(file, item);
    if (!settings) return [];
    const digits = createHash('md5')
      .update(JSON.stringify(file.get(item)))
      .digest('hex')
      .slice(0, 6);
    const name = settings.name === '' ? digits : settings.name;
    if (names.has(name) && settings.name === '')
      file.error([...item, 'url'], `duplicate remote write configs are not allowed, found duplicate for URL: ${settings.url}`);
    else if (names.has(name))
      file.error([...item, 'name'], `found multiple remote write configs with job name "${name}"; give each its own`);
    else if (settings.name === '' && sentTo.has(settings.url))
      file.warn(
        [...item, 'url'],
        'an entry above has the same url, and neither has a name; give each a name, or what waits for one is not sent once its settings change',
      );
    names.add(name);
    if (settings.name === '') sentTo.add(settings.url);
    const isAlone = urls.filter((url) => url === settings.url).length < 2;
    // Not their order: it may change, and each would go on where the other was.
    const key = settings.name !== '' ? `name ${settings.name}` : isAlone ? `url ${settings.url}` : `url ${settings.url} ${digits}`;
    return [{ ...toRemoteWrite(settings, { name, key }, mapPath), item }];
  });
}

function checkRemoteWrite(file: ConfigFile, path: YamlPath): void {
  checkHttpClient(file, path);
  checkRelabelRules(file, [...path, 'write_relabel_configs']);
  for (const [key, effect] of Object.entries(NOT_YET))
    if (file.has([...path, key])) file.warn([...path, key], `${key} is not supported yet; ${effect}`);
  for (const name of file.keys([...path, 'headers'])) {
    const lower = name.toLowerCase();
    if (lower === 'authorization')
      file.error([...path, 'headers', name], `authorization header must be changed via the ${AUTHORIZATION_WAYS} parameter`);
    else if (RESERVED_HEADERS.has(lower)) file.error([...path, 'headers', name], `${name} is a reserved header. It must not be changed`);
    else {
      const fault = headerNameFault(name);
      if (fault !== undefined) file.error([...path, 'headers', name], fault);
    }
  }
  const shards = (key: string) => Number(file.text([...path, 'queue_config', key]) ?? DEFAULT_SHARDS[key as keyof typeof DEFAULT_SHARDS]);
  if (shards('min_shards') > shards('max_shards'))
    file.warn([...path, 'queue_config', 'min_shards'], `min_shards is above max_shards, of which there are ${shards('max_shards')}`);
}

function toRemoteWrite(
  settings: RemoteWriteSettings,
  identity: Pick<RemoteWriteConfig, 'name' | 'key'>,
  mapPath: MapPath,
): RemoteWriteConfig {
  const queue = settings.queue_config ?? queueSection.parse({});
  const metadata = settings.metadata_config ?? metadataSection.parse({});
  return {
    ...identity,
    url: settings.url,
    timeoutMs: settings.remote_timeout,
    headers: settings.headers,
    relabel: toRelabelRules(settings.write_relabel_configs),
    protocol: PROTOCOLS[settings.protobuf_message] ?? '1.0',
    sendExemplars: settings.send_exemplars,
    sendNativeHistograms: settings.send_native_histograms,
    client: toHttpClient(settings, mapPath),
    metadata: { send: metadata.send, intervalMs: metadata.send_interval, maxSamplesPerSend: metadata.max_samples_per_send },
    queue: {
      capacity: queue.capacity,
      minShards: Math.min(queue.min_shards, queue.max_shards),
      maxShards: queue.max_shards,
      maxSamplesPerSend: queue.max_samples_per_send,
      batchSendDeadlineMs: queue.batch_send_deadline,
      minBackoffMs: queue.min_backoff,
      maxBackoffMs: queue.max_backoff,
      retryOnHttp429: queue.retry_on_http_429,
      sampleAgeLimitMs: queue.sample_age_limit,
    },
  };
}
