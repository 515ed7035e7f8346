import type { Slo } from '../../schema/slo.ts';
import { validateSlo } from '../validate.ts';
import { type FoundSlo, parseDocuments, type SloDocument, type SloFileProblem } from './document.ts';
import { OPENSLO_API, readOpenSlo } from './openslo.ts';
import { PYRRA_API, readPyrra } from './pyrra.ts';
import { readSloth } from './sloth.ts';

/** What a file of objectives holds. With an error among the problems, `slos` may lack some. */
export interface SloFileContent {
  readonly slos: readonly Slo[];
  readonly problems: readonly SloFileProblem[];
}

/** Formats that are read and written. */
export const SLO_FORMATS = ['openslo', 'sloth', 'pyrra'] as const;
export type SloFormat = (typeof SLO_FORMATS)[number];

/** Whether a YAML text looks like a file of objectives: by `apiVersion`, or Sloth's `version`. Costs no parsing. */
export function isSloFile(text: string): boolean {
  return /^(?:apiVersion:\s*['"]?(?:openslo\/|pyrra\.dev\/|sloth\.slok\.dev\/)|version:\s*['"]?prometheus\/v\d)/m.test(text);
}

/** Reads objectives in OpenSLO v1, Sloth or Pyrra. All problems come at once, with line, path and cure; never throws for what stands in the text. */
export function readSloFile(text: string): SloFileContent {
  const { documents, problems } = parseDocuments(text);
  const byFormat = new Map<SloFormat, SloDocument[]>(SLO_FORMATS.map((format) => [format, []]));
  for (const document of documents) byFormat.get(formatOf(document) ?? 'openslo')?.push(document);
  if (documents.length === 0 && problems.length === 0)
    return { slos: [], problems: [{ severity: 'error', line: 1, path: '', message: 'the file is empty; write an objective' }] };
  const found = {
    openslo: readOpenSlo(byFormat.get('openslo') ?? []),
    sloth: byFormat.get('sloth')?.flatMap(readSloth) ?? [],
    pyrra: byFormat.get('pyrra')?.flatMap(readPyrra) ?? [],
  };
  for (const format of SLO_FORMATS) for (const one of found[format]) addFaults(one, format);
  const all = [...problems, ...documents.flatMap((document) => document.problems)].sort((a, b) => a.line - b.line);
  return { slos: SLO_FORMATS.flatMap((format) => found[format].map(({ slo }) => slo)), problems: all };
}

function formatOf(document: SloDocument): SloFormat | undefined {
  const api = document.text(['apiVersion']);
  if (api === undefined) {
    const version = document.text(['version']);
    if (version === 'prometheus/v1') return 'sloth';
    document.error(version === undefined ? [] : ['version'], `no format of objectives: "${version ?? ''}"; ${FORMATS_CURE}`);
    return undefined;
  }
  if (api === OPENSLO_API) return 'openslo';
  if (api === PYRRA_API && kindIs(document, 'ServiceLevelObjective')) return 'pyrra';
  if (api === 'sloth.slok.dev/v1' && kindIs(document, 'PrometheusServiceLevel')) return 'sloth';
  if (api !== PYRRA_API && api !== 'sloth.slok.dev/v1') document.error(['apiVersion'], `"${api}" is not read here; ${FORMATS_CURE}`);
  return undefined;
}

const FORMATS_CURE = 'write apiVersion: openslo/v1 (OpenSLO), version: prometheus/v1 (Sloth) or apiVersion: pyrra.dev/v1alpha1 (Pyrra)';

function kindIs(document: SloDocument, wanted: string): boolean {
  const kind = document.text(['kind']) ?? '';
  if (kind !== wanted) document.error(['kind'], `"${kind}" is not read here; write kind: ${wanted}`);
  return kind === wanted;
}

const OMIT_CURES: Readonly<Record<SloFormat, (alert: string) => string>> = {
  openslo: (alert) => `(annotation alidade.dev/omit-alerts: ${alert})`,
  pyrra: (alert) => `(annotation alidade.dev/omit-alerts: ${alert})`,
  sloth: (alert) => `(alerting.${alert.startsWith('page') ? 'page_alert' : 'ticket_alert'}: {disable: true})`,
};

function addFaults({ slo, document, path }: FoundSlo, format: SloFormat): void {
  for (const { path: field, message } of validateSlo(slo)) {
    const text = message.replace(/\(alerts\.omit: \["([\w-]+)"\]\)/, (_, alert: string) => OMIT_CURES[format](alert));
    document.error(path, `${slo.service}/${slo.name}: ${field}: ${text}`);
  }
}
