// Which Secrets manifests refer to: read from the manifests themselves, so that the list cannot be incomplete.
import { secretFiles } from '../secrets.ts';
import type { Manifest } from './manifest.ts';

/** What is known of the keys that others mount. */
const MEANINGS: Readonly<Record<string, string>> = {
  'grafana-credentials/admin-user': 'name of Grafana’s administrator',
  'grafana-credentials/admin-password': 'and the password',
  'grafana-credentials/secret-key': 'encrypts what Grafana stores; 32 random characters',
  'elastic-credentials/elastic-password': 'of Elasticsearch’s superuser, for setting it up',
  'elastic-credentials/logstash-password': 'of the user `logstash_internal`, who may write `ml-logs-*`',
  'elastic-credentials/reader-password': 'of the user `grafana_reader`, who may read `ml-logs-*`',
  'elastic-credentials/kibana-token': 'of the service account `elastic/kibana`',
  'elastic-credentials/kibana-encryption-key': '32 random characters or more',
  'alidade-credentials/token': 'what callers show to Alidade; `openssl rand -hex 32`',
};

/** A Markdown table of all Secrets that have to be there before the manifests are applied. */
export function secretsTable(manifests: readonly Manifest[], alertmanager: unknown): string {
  const rows = new Map<string, string>();
  for (const manifest of manifests) {
    for (const { secret, key, isOptional } of references(manifest)) {
      const place = `${manifest.metadata.namespace ?? ''}/${secret}`;
      const id = `${secret}/${key}`;
      rows.set(`${place}/${key}`, row(place, key, MEANINGS[id] ?? '', isOptional));
    }
  }
  const namespace = manifests.find(({ metadata }) => metadata.name === 'alertmanager')?.metadata.namespace ?? '';
  for (const path of secretFiles(alertmanager)) {
    const key = path.replace(/^.*\//, '');
    rows.set(
      `${namespace}/alertmanager-secrets/${key}`,
      row(`${namespace}/alertmanager-secrets`, key, `read by receivers as \`${path}\``, false),
    );
  }
  return [
    '# Secrets',
    '',
    'Nothing generated holds a secret. These have to be there before `kubectl apply`, made by whatever you use for that, or by hand:',
    '`kubectl create secret generic NAME --namespace NAMESPACE --from-literal=KEY=VALUE`.',
    '',
    '| namespace and name | key | what it is | needed |',
    '| --- | --- | --- | --- |',
    ...[...rows.keys()].sort().map((key) => rows.get(key) as string),
    '',
  ].join('\n');
}

function row(place: string, key: string, meaning: string, isOptional: boolean): string {
  return `| \`${place}\` | \`${key}\` | ${meaning} | ${isOptional ? 'no' : 'yes'} |`;
}

interface Reference {
  readonly secret: string;
  readonly key: string;
  readonly isOptional: boolean;
}

function references(value: unknown): Reference[] {
  if (typeof value !== 'object' || value === null) return [];
  const { secretKeyRef } = value as { secretKeyRef?: { name: string; key: string; optional?: boolean } };
  const own = secretKeyRef ? [{ secret: secretKeyRef.name, key: secretKeyRef.key, isOptional: secretKeyRef.optional === true }] : [];
  return [...own, ...Object.values(value).flatMap(references)];
}
