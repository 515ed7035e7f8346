import type { Panel, PanelTarget } from '@alidade/sdk/schema';
import type { DatasourceReader, DatasourceUse } from './datasources.ts';
import { readFieldConfig } from './field-config.ts';
import type { PlacedPanel } from './layout.ts';
import { modernisePanel } from './legacy-panels.ts';
import { asList, asNumber, asRecord, asRecords, asText, asWord, type JsonRecord } from './loose-json.ts';

/** What reading a panel needs to know about its dashboard. */
export interface PanelContext {
  readonly datasources: DatasourceReader;
  /** Collects what was assumed or is not supported. */
  readonly notes: Set<string>;
  readonly ids: PanelIds;
}

const MAX_ID = 2 ** 31;

/** Hands out panel ids: the file's own where they are usable, else the next free ones. */
export class PanelIds {
  readonly #taken = new Set<number>();
  #free: number;

  constructor(panels: readonly PlacedPanel[]) {
    this.#free = 1 + panels.reduce((most, { raw }) => Math.max(most, usableId(raw.id) ?? 0), 0);
  }

  take(wanted: unknown): number {
    const own = usableId(wanted);
    const id = own === undefined || this.#taken.has(own) ? this.#free++ : own;
    this.#taken.add(id);
    return id;
  }
}

function usableId(value: unknown): number | undefined {
  const id = asNumber(value);
  return id !== undefined && Number.isInteger(id) && id > 0 && id < MAX_ID ? id : undefined;
}

/** A panel with defaults filled in and old forms brought up to date. */
export function readPanel({ raw: original, gridPos }: PlacedPanel, context: PanelContext): Panel {
  const { panel: raw, note } = modernisePanel(original);
  if (note !== '') context.notes.add(note);
  const title = asText(raw.title);
  const type = asText(raw.type, 'timeseries');
  noteUnsupported(raw, title, context.notes);
  const datasource = type === 'row' ? { type: 'prometheus', minStep: '' } : context.datasources.read(raw.datasource);
  return {
    id: context.ids.take(raw.id),
    type,
    title,
    description: asText(raw.description),
    gridPos,
    targets: readTargets(raw, title, datasource, context),
    fieldConfig: readFieldConfig(raw.fieldConfig),
    options: asRecord(raw.options),
    collapsed: raw.collapsed === true,
  };
}

function noteUnsupported(raw: JsonRecord, title: string, notes: Set<string>): void {
  const say = (what: string) => notes.add(`panel "${title}": ${what}`);
  if (asRecord(raw.libraryPanel).uid !== undefined) say('library panels are not loaded; what the file itself holds is shown');
  if (asList(raw.transformations).length > 0) say('transformations are not applied yet');
  if (asText(raw.repeat) !== '') say(`is shown once and not repeated by $${asText(raw.repeat)}`);
}

function readTargets(panel: JsonRecord, title: string, datasource: DatasourceUse, context: PanelContext): PanelTarget[] {
  const targets: PanelTarget[] = [];
  const refIds = new Set(asRecords(panel.targets).map((target) => asText(target.refId)));
  for (const raw of asRecords(panel.targets)) {
    const { type, minStep } = context.datasources.read(raw.datasource, datasource);
    const expr = asText(raw.expr);
    if (type !== 'prometheus') {
      context.notes.add(`panel "${title}": queries to data sources of type "${type}" do not work yet`);
      continue;
    }
    if (expr.trim() === '') continue;
    const legend = asText(raw.legendFormat);
    targets.push({
      refId: asText(raw.refId) || nextRefId(refIds),
      expr,
      legendFormat: legend === '__auto' ? '' : legend,
      instant: raw.instant === true && raw.range !== true,
      hide: raw.hide === true,
      interval: asWord(raw.interval) || asText(panel.interval).replace(/^>/, '') || minStep,
      ...(raw.exemplar === true && { exemplar: true }),
    });
  }
  return targets;
}

/** A, B, … Z, AA, …: the first that the panel does not use. */
function nextRefId(taken: Set<string>): string {
  for (let i = 0; ; i++) {
    const letter = String.fromCharCode(65 + (i % 26));
    const refId = i < 26 ? letter : String.fromCharCode(64 + Math.floor(i / 26)) + letter;
    if (taken.has(refId)) continue;
    taken.add(refId);
    return refId;
  }
}
