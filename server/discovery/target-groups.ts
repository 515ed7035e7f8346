import type { TargetGroup } from '../config/scrape-config.ts';
import { formatPath, PlainScalar, parseYaml, type YamlPath } from '../config/yaml-file.ts';
import { messageOf } from '../model/app-error.ts';
import { isLabelName } from '../model/label-name.ts';
import { discoveryError } from './errors.ts';

/** Target groups of a JSON text, as http_sd answers and file_sd holds them. Throws AppError `discovery.bad_groups`. */
export function parseJsonGroups(text: string, sourceOf: (index: number) => string): TargetGroup[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw discoveryError('discovery.bad_groups', `not valid JSON: ${messageOf(cause)}`, cause);
  }
  return toGroups(value, sourceOf);
}

/** Target groups of a YAML text. Throws AppError `discovery.bad_groups`. */
export function parseYamlGroups(text: string, sourceOf: (index: number) => string): TargetGroup[] {
  const { root, faults } = parseYaml(text);
  const fault = faults[0];
  if (fault) throw discoveryError('discovery.bad_groups', `not valid YAML: line ${fault.line}: ${fault.message}`);
  return toGroups(root ?? [], sourceOf);
}

function toGroups(value: unknown, sourceOf: (index: number) => string): TargetGroup[] {
  return listAt(value, []).map((item, i) => {
    const group = mapAt(item, [i]);
    for (const key of Object.keys(group)) {
      if (key !== 'targets' && key !== 'labels') throw bad([i, key], 'unknown key; a target group has targets and labels');
    }
    const targets = listAt(group.targets ?? [], [i, 'targets']).map((target, j) => textAt(target, [i, 'targets', j]));
    const labels: Record<string, string> = {};
    for (const [name, label] of Object.entries(mapAt(group.labels ?? {}, [i, 'labels']))) {
      if (!isLabelName(name)) throw bad([i, 'labels', name], `"${name}" is not a valid label name`);
      labels[name] = textAt(label, [i, 'labels', name]);
    }
    return { targets, labels, source: sourceOf(i) };
  });
}

function listAt(value: unknown, path: YamlPath): readonly unknown[] {
  if (!Array.isArray(value)) throw bad(path, 'want a list');
  return value;
}

function mapAt(value: unknown, path: YamlPath): Readonly<Record<string, unknown>> {
  if (value === null || value === undefined) throw bad(path, 'nil target group item found');
  if (typeof value !== 'object' || Array.isArray(value) || value instanceof PlainScalar) throw bad(path, 'want a map');
  return value as Readonly<Record<string, unknown>>;
}

function textAt(value: unknown, path: YamlPath): string {
  if (typeof value === 'string') return value;
  // In YAML any scalar is a text where a text is wanted; JSON's numbers are not.
  if (value instanceof PlainScalar) return value.text;
  throw bad(path, `want a text, got ${JSON.stringify(value)}`);
}

function bad(path: YamlPath, reason: string) {
  return discoveryError('discovery.bad_groups', path.length === 0 ? reason : `${formatPath(path)}: ${reason}`);
}
