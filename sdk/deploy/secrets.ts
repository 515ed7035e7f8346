import { DeployError } from './errors.ts';

/** Keys of Prometheus and Alertmanager whose values are secrets, and what names a file instead. */
const SECRET_KEYS: Readonly<Record<string, string>> = {
  api_url: 'api_url_file',
  slack_api_url: 'slack_api_url_file',
  service_key: 'service_key_file',
  routing_key: 'routing_key_file',
  auth_password: 'auth_password_file',
  smtp_auth_password: 'smtp_auth_password_file',
  auth_secret: 'auth_secret_file',
  api_key: 'api_key_file',
  opsgenie_api_key: 'opsgenie_api_key_file',
  victorops_api_key: 'victorops_api_key_file',
  bot_token: 'bot_token_file',
  token: 'token_file',
  user_key: 'user_key_file',
  password: 'password_file',
  credentials: 'credentials_file',
  bearer_token: 'bearer_token_file',
  client_secret: 'client_secret_file',
  webhook_url: 'webhook_url_file',
  secret_key: 'profile',
};

/** Throws `deploy.inline_secret` where a configuration has a secret itself and not the name of its file: it would be read by everybody who may read ConfigMaps. */
export function refuseInlineSecrets(file: string, config: unknown, path = ''): void {
  if (typeof config !== 'object' || config === null) return;
  for (const [key, value] of Object.entries(config)) {
    const place = Array.isArray(config) ? `${path}[${key}]` : `${path}${path && '.'}${key}`;
    const cure = Array.isArray(config) ? undefined : SECRET_KEYS[key];
    if (cure !== undefined && typeof value === 'string' && value !== '')
      throw new DeployError(
        'deploy.inline_secret',
        `${file}: ${place}: a secret must not stand in a generated file; write ${cure} with the path of a mounted file`,
      );
    refuseInlineSecrets(file, value, place);
  }
}

/** Paths of the files that a configuration reads secrets from, sorted. */
export function secretFiles(config: unknown): string[] {
  const found = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, member] of Object.entries(value)) {
      if (typeof member === 'string' && key.endsWith('_file') && Object.values(SECRET_KEYS).includes(key)) found.add(member);
      else visit(member);
    }
  };
  visit(config);
  return [...found].sort();
}
