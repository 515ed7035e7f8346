import type { FastifyPluginAsync } from 'fastify';

/** What Grafana's clients ask of us. */
export interface GrafanaApiDeps {
  /** Alidade's version. */
  readonly version: string;
}

/** Grafana's HTTP API, as far as health checks go. https://grafana.com/docs/grafana/latest/developers/http_api/other/ */
export function grafanaApi({ version }: GrafanaApiDeps): FastifyPluginAsync {
  return async (app) => {
    const health = { database: 'ok', version, commit: '' };
    for (const url of ['/api/health', '/grafana/api/health']) app.get(url, { config: { access: 'open' } }, () => health);
  };
}
