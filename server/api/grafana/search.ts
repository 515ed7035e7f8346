import { createHash } from 'node:crypto';
import type { DashboardSummary } from '@alidade/sdk/schema';

/** One entry of Grafana's answer to a search. */
export interface SearchHit {
  readonly id: number;
  readonly uid: string;
  readonly title: string;
  readonly uri: string;
  readonly url: string;
  readonly slug: string;
  readonly type: 'dash-db' | 'dash-folder';
  readonly tags: readonly string[];
  readonly isStarred: boolean;
  readonly sortMeta: number;
  readonly folderId?: number;
  readonly folderUid?: string;
  readonly folderTitle?: string;
  readonly folderUrl?: string;
}

const DEFAULT_LIMIT = 1000;
const MAX_LIMIT = 5000;

/** Parameters of the search as they came. */
export interface SearchParameters {
  readonly query?: string;
  readonly tag?: string | readonly string[];
  readonly type?: string;
  readonly limit?: string;
  readonly page?: string;
  readonly dashboardUIDs?: string | readonly string[];
  readonly folderUIDs?: string | readonly string[];
}

/** Folders and dashboards whose title holds the query, that have all tags, of the wanted type, page by page. */
export function searchDashboards(all: readonly DashboardSummary[], parameters: SearchParameters): SearchHit[] {
  const { query = '', type } = parameters;
  const tags = valuesOf(parameters.tag);
  const uids = valuesOf(parameters.dashboardUIDs);
  const folders = valuesOf(parameters.folderUIDs);
  const names = [...new Set(all.map(({ folder }) => folder))].filter((folder) => folder !== '');
  const hits = [
    ...(tags.length === 0 && uids.length === 0 && folders.length === 0 ? names.map(folderHit) : []),
    ...all.filter((one) => tags.every((tag) => one.tags.includes(tag))).map(dashboardHit),
  ].filter(
    (hit) =>
      hit.title.toLowerCase().includes(query.toLowerCase()) &&
      (type === undefined || type === '' || hit.type === type) &&
      (uids.length === 0 || uids.includes(hit.uid)) &&
      (folders.length === 0 || folders.includes(hit.folderUid ?? 'general')),
  );
  const limit = Math.min(wholeNumber(parameters.limit) ?? DEFAULT_LIMIT, MAX_LIMIT);
  const page = Math.max(1, wholeNumber(parameters.page) ?? 1);
  return hits.slice((page - 1) * limit, page * limit);
}

/** Grafana's short form of a title in addresses. */
export function slugOf(title: string): string {
  const slug = title
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return slug === '' ? '-' : slug;
}

/** A number for a uid that stays the same; Grafana's own are counted up. */
export function dashboardId(uid: string): number {
  return createHash('sha256').update(uid).digest().readUInt32BE(0) >>> 1;
}

/** The uid of a folder, made of its title. */
export function folderUid(title: string): string {
  return createHash('sha256').update(`folder/${title}`).digest('hex').slice(0, 14);
}

function folderHit(title: string): SearchHit {
  const uid = folderUid(title);
  const slug = slugOf(title);
  const place = { uri: `db/${slug}`, url: `/dashboards/f/${uid}/${slug}`, slug: '' };
  return { id: dashboardId(title), uid, title, ...place, type: 'dash-folder', tags: [], isStarred: false, sortMeta: 0 };
}

function dashboardHit({ uid, title, folder, tags }: DashboardSummary): SearchHit {
  const slug = slugOf(title);
  const place = { uri: `db/${slug}`, url: `/d/${uid}/${slug}`, slug: '' };
  const hit = { id: dashboardId(uid), uid, title, ...place, type: 'dash-db' as const, tags, isStarred: false, sortMeta: 0 };
  if (folder === '') return hit;
  const folderId = folderUid(folder);
  const folderUrl = `/dashboards/f/${folderId}/${slugOf(folder)}`;
  return { ...hit, folderId: dashboardId(folder), folderUid: folderId, folderTitle: folder, folderUrl };
}

function valuesOf(value: string | readonly string[] | undefined): readonly string[] {
  const values = value === undefined ? [] : typeof value === 'string' ? [value] : value;
  return values.filter((one) => one !== '');
}

function wholeNumber(text: string | undefined): number | undefined {
  return text !== undefined && /^[1-9]\d{0,6}$/.test(text) ? Number(text) : undefined;
}
