import { createHash } from 'node:crypto';
import { type Datasource, prometheusSource } from '../datasources.ts';
import type { Duration } from '../duration.ts';
import { CodeError } from '../errors.ts';
import type { PromqlText } from '../operators.ts';
import type { Color } from './field.ts';
import { defined, type Json } from './json.ts';
import type { Link, Panel } from './panel.ts';
import { listQueries } from './query.ts';
import type { Variable } from './variable.ts';

/** Panels below a heading. */
export interface Row {
  readonly row: string;
  readonly panels: readonly Panel[];
  readonly collapsed: boolean;
  readonly repeat?: string;
}

/** A heading with the panels below it. */
export function row(
  title: string,
  panels: readonly Panel[],
  options: { readonly collapsed?: boolean; readonly repeat?: string } = {},
): Row {
  return { row: title, panels, collapsed: options.collapsed ?? false, ...(options.repeat !== undefined && { repeat: options.repeat }) };
}

/** Marks on the time axis of all charts, where `expr` has a value. */
export interface Annotation {
  readonly json: Json;
}

/** Marks where `expr` has a value, such as deployments or firing alerts. `text` may hold `{{label}}`. */
export function annotation(
  name: string,
  expr: PromqlText | string,
  options: {
    readonly text?: string;
    readonly color?: Color;
    readonly tags?: readonly string[];
    readonly step?: Duration;
    readonly datasource?: Datasource;
  } = {},
): Annotation {
  const { text, color = 'blue', tags = [], step, datasource = prometheusSource() } = options;
  const [query] = listQueries(expr);
  return {
    json: defined({
      name,
      datasource: { type: datasource.type, uid: datasource.uid },
      enable: true,
      hide: false,
      iconColor: color,
      expr: query?.expr,
      textFormat: text,
      titleFormat: name,
      tagKeys: tags.join(','),
      step,
    }),
  };
}

/** What a dashboard is made of. */
export interface DashboardOptions {
  /** Its address; default: from the title. At most 40 letters, digits, `-` and `_`. */
  readonly uid?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  /** Title of the folder; default: the project's. */
  readonly folder?: string;
  readonly refresh?: Duration | '';
  /** Span of time at first: `now-6h` to `now`. */
  readonly from?: string;
  readonly to?: string;
  readonly timezone?: 'browser' | 'utc' | (string & {});
  readonly variables?: readonly Variable[];
  readonly annotations?: readonly Annotation[];
  /** To other dashboards or pages. */
  readonly links?: readonly Link[];
  /** Panels in reading order: each stands right of the one before where it fits, else on the next line. */
  readonly panels: readonly (Panel | Row)[];
}

/** A dashboard as Grafana's JSON has it. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  /** '' = the project's. */
  readonly folder: string;
  readonly json: Json;
}

const COLUMNS = 24;

/** A dashboard. */
export function dashboard(title: string, options: DashboardOptions): Dashboard {
  const { uid = uidOf(title), folder = '', from = 'now-1h', to = 'now', variables = [], annotations = [], links = [] } = options;
  if (!/^[a-zA-Z0-9_-]{1,40}$/.test(uid))
    throw new CodeError('code.invalid_panel', `dashboard "${title}": uid "${uid}" is not 1 to 40 letters, digits, "-" and "_"`);
  const json = {
    uid,
    title,
    ...defined({ description: options.description }),
    tags: options.tags ?? [],
    timezone: options.timezone ?? 'browser',
    editable: true,
    graphTooltip: 1,
    refresh: options.refresh ?? '30s',
    schemaVersion: 39,
    time: { from, to },
    templating: { list: variables.map((variable) => variable.json) },
    annotations: { list: annotations.map((mark) => mark.json) },
    links: links.map(({ title, url, newTab = false }) => ({
      title,
      url,
      type: 'link',
      targetBlank: newTab,
      includeVars: true,
      keepTime: true,
    })),
    panels: placed(options.panels),
  };
  return { uid, title, folder, json };
}

/** Panels with ids and places. */
function placed(items: readonly (Panel | Row)[]): Json[] {
  const grid = new Grid();
  let id = 0;
  const place = (panel: Panel): Json => ({ id: ++id, ...panel.json, gridPos: grid.next(panel.width, panel.height) });
  return items.flatMap((item) => {
    if (!('row' in item)) return [place(item)];
    const gridPos = grid.nextLine();
    const head = defined({ id: ++id, type: 'row', title: item.row, collapsed: item.collapsed, repeat: item.repeat, gridPos });
    const inside = item.panels.map(place);
    if (!item.collapsed) return [{ ...head, panels: [] }, ...inside];
    grid.rewind(gridPos.y + 1);
    return [{ ...head, panels: inside }];
  });
}

/** Fills lines of 24 columns from the left. */
class Grid {
  #x = 0;
  #y = 0;
  #lineHeight = 0;

  next(w: number, h: number): Json {
    if (this.#x + w > COLUMNS) this.rewind(this.#y + this.#lineHeight);
    const x = this.#x;
    this.#x += w;
    this.#lineHeight = Math.max(this.#lineHeight, h);
    return { x, y: this.#y, w, h };
  }

  /** A line of its own for a heading. */
  nextLine(): { x: number; y: number; w: number; h: number } {
    const y = this.#y + this.#lineHeight;
    this.rewind(y + 1);
    return { x: 0, y, w: COLUMNS, h: 1 };
  }

  rewind(y: number): void {
    this.#x = 0;
    this.#y = y;
    this.#lineHeight = 0;
  }
}

function uidOf(title: string): string {
  const name = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  return name !== '' && name.length <= 40 ? name : createHash('sha256').update(title).digest('hex').slice(0, 14);
}
