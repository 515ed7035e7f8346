// Files of objectives (OpenSLO, Sloth, Pyrra), and the rules that follow from objectives wherever they are defined.
import { type Dirent, existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Slo } from '@alidade/sdk/schema';
import { generateSloRules, parseDuration, sloGroupName } from '@alidade/sdk/slo';
import { isSloFile, readSloFile } from '@alidade/sdk/slo/files';
import { formatDurationMs } from '../model/duration.ts';
import type { Problem } from './config.ts';
import { ConfigFile } from './config-file.ts';
import { type LanguageChecks, type RuleDefaults, type RuleGroupConfig, readRuleGroups } from './rule-groups.ts';

export { isSloFile };

/** An objective and the file that defines it. */
export interface SloConfig {
  readonly slo: Slo;
  readonly file: string;
}

/** Folders of objectives below DIR. */
export const SLO_FOLDERS = ['slo', 'slos'];
const MOST_FILES = 1_000;

/** YAML files below `slo/` or `slos/` of `dir`, sorted; links are not followed. */
export async function findSloFiles(dir: string): Promise<{ folders: string[]; files: string[] }> {
  const folders = SLO_FOLDERS.map((name) => join(dir, name)).filter((path) => existsSync(path));
  const files: string[] = [];
  for (const folder of folders) {
    const entries = await readdir(folder, { withFileTypes: true }).catch((): Dirent[] => []);
    for (const entry of entries) {
      if (entry.isDirectory()) folders.push(join(folder, entry.name));
      else if (/\.ya?ml$/.test(entry.name) && files.length < MOST_FILES) files.push(join(folder, entry.name));
    }
  }
  return { folders, files: files.sort() };
}

/** The objectives of a file; with an error among the problems some are missing. */
export function readSlos(file: string, text: string): { slos: SloConfig[]; problems: Problem[] } {
  const { slos, problems } = readSloFile(text);
  return { slos: slos.map((slo) => ({ slo, file })), problems: problems.map((problem) => ({ ...problem, file })) };
}

/** The rule groups of all objectives; two of the same name are an error, as is an indicator that is no PromQL. */
export function sloRuleGroups(
  configs: readonly SloConfig[],
  defaults: RuleDefaults,
  checks: LanguageChecks,
): { groups: RuleGroupConfig[]; problems: Problem[] } {
  const groups: RuleGroupConfig[] = [];
  const problems: Problem[] = [];
  const first = new Map<string, string>();
  const groupOf = new Map<string, string>();
  for (const { slo, file } of configs) {
    const id = `${slo.service}/${slo.name}`;
    const other = first.get(id);
    if (other !== undefined) problems.push(errorIn(file, `the objective ${id} is defined twice (also in ${other}); give one another name`));
    first.set(id, file);
    const group = sloGroupName(slo);
    const sameGroup = other === undefined ? groupOf.get(group) : undefined;
    if (sameGroup !== undefined)
      problems.push(errorIn(file, `the objectives ${sameGroup} and ${id} would both have rule groups "${group}-…"; give one another name`));
    groupOf.set(group, id);
    // Generated rules are read as written ones would be, so that nothing is checked in two ways.
    const rules = new ConfigFile(file, JSON.stringify(generateSloRules([slo])));
    groups.push(...(readRuleGroups(rules, defaults, checks) ?? []));
    const [fault] = rules.problems;
    if (fault) problems.push(errorIn(file, `the objective ${id} does not make good rules: ${fault.message}`));
  }
  return { groups, problems };
}

/** Warnings for objectives whose window is longer than samples are kept (0 = for ever): their budgets would look better than they are. */
export function shortRetention(configs: readonly SloConfig[], retentionMs: number): Problem[] {
  const kept = formatDurationMs(retentionMs);
  return configs.flatMap(({ slo: { service, name, window }, file }): Problem[] => {
    if (retentionMs === 0 || (parseDuration(window) ?? 0) <= retentionMs) return [];
    const message = `the objective ${service}/${name} counts over ${window}, but samples are kept for ${kept} only; keep them as long (--retention ${window})`;
    return [{ severity: 'warning', file, line: 0, path: '', message }];
  });
}

function errorIn(file: string, message: string): Problem {
  return { severity: 'error', file, line: 0, path: '', message };
}
