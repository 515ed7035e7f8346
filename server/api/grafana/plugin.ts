import type { DashboardSummary } from '@alidade/sdk/schema';
import type { FastifyPluginAsync } from 'fastify';
import type { DashboardStore } from '../../dashboards/store.ts';
import { dashboardId, folderUid, type SearchHit, type SearchParameters, searchDashboards, slugOf } from './search.ts';

/** What Grafana's clients ask of us. */
export interface GrafanaApiDeps {
  /** Alidade's version. */
  readonly version: string;
  readonly dashboards: Pick<DashboardStore, 'list' | 'source'>;
}

/** Where Grafana's API is on the main port, where `/api/search` is Tempo's. */
export const GRAFANA_PREFIX = '/grafana';

/** Paths on Grafana's own port that mean its API. */
export const GRAFANA_PATHS = /^\/api\/(search|dashboards|folders|org|user)(?:[/?]|$)/;

/**
 * Grafana's HTTP API as far as dashboards are read and exported: health, search, dashboards by uid, folders. In its JSON, with its texts.
 * https://grafana.com/docs/grafana/latest/developers/http_api/dashboard/
 */
export function grafanaApi({ version, dashboards }: GrafanaApiDeps): FastifyPluginAsync {
  return async (app) => {
    const health = { database: 'ok', version, commit: '' };
    for (const url of ['/api/health', `${GRAFANA_PREFIX}/api/health`]) app.get(url, { config: { access: 'open' } }, () => health);
    const config = { access: 'read' as const };
    const at = (path: string) => `${GRAFANA_PREFIX}/api${path}`;
    app.get<{ Querystring: SearchParameters }>(at('/search'), { config }, ({ query }): SearchHit[] =>
      searchDashboards(dashboards.list(), query),
    );
    app.get<{ Params: { uid: string } }>(at('/dashboards/uid/:uid'), { config }, async ({ params }, reply) => {
      const summary = dashboards.list().find(({ uid }) => uid === params.uid);
      const source = await dashboards.source(params.uid);
      if (!summary || !source) return reply.code(404).send({ message: 'Dashboard not found' });
      return { meta: metaOf(summary), dashboard: { ...source, id: dashboardId(params.uid) } };
    });
    app.get(at('/folders'), { config }, () =>
      [...new Set(dashboards.list().map(({ folder }) => folder))]
        .filter((folder) => folder !== '')
        .map((folder) => ({ id: dashboardId(folder), uid: folderUid(folder), title: folder })),
    );
    app.get(at('/org'), { config }, () => ({ id: 1, name: 'Main Org.' }));
  };
}

/** Dashboards come from files: nobody can save one here. */
function metaOf({ uid, title, folder, file }: DashboardSummary) {
  const slug = slugOf(title);
  return {
    type: 'db',
    canSave: false,
    canEdit: false,
    canAdmin: false,
    canStar: false,
    canDelete: false,
    slug,
    url: `/d/${uid}/${slug}`,
    version: 1,
    hasAcl: false,
    isFolder: false,
    folderId: folder === '' ? 0 : dashboardId(folder),
    folderUid: folder === '' ? '' : folderUid(folder),
    folderTitle: folder === '' ? 'General' : folder,
    provisioned: true,
    provisionedExternalId: file.split('/').at(-1),
  };
}
