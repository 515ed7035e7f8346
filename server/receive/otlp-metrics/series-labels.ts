// The labels of what OpenTelemetry describes by resource, scope and attributes, by Prometheus' rules. Of what collides, the later wins:
// attributes of the point, promoted ones of the resource (only where there is none yet), scope, then job and instance.
import type { OtlpSettings } from '../../config/otlp-section.ts';
import type { AttributeList } from '../../formats/otlp/data-point.ts';
import type { ItemContext } from '../../formats/otlp/export-request.ts';
import { type LabelNaming, labelName } from '../../formats/otlp/label-name.ts';
import { escapesNames } from '../../formats/otlp/metric-name.ts';
import type { Attributes } from '../../model/span.ts';
import { attributeText } from './attribute-text.ts';

export type LabelPair = readonly [name: string, value: string];

/** Labels as a map, or why there are none. */
export type LabelsOrFault = { readonly labels: ReadonlyMap<string, string> } | { readonly fault: string };

const SERVICE_NAME = 'service.name';
const SERVICE_NAMESPACE = 'service.namespace';
const SERVICE_INSTANCE = 'service.instance.id';
const IDENTIFYING: ReadonlySet<string> = new Set([SERVICE_NAME, SERVICE_NAMESPACE, SERVICE_INSTANCE]);

/** How names of labels are written. */
export function labelNaming(settings: OtlpSettings): LabelNaming {
  return {
    escapes: escapesNames(settings.translationStrategy),
    prefixesUnderscore: settings.labelNameUnderscoreSanitization,
    keepsUnderscores: settings.labelNamePreserveMultipleUnderscores,
  };
}

/** What a resource gives to each of its series. */
export interface ResourceLabels {
  /** Only where the point has no such label. */
  readonly promoted: readonly LabelPair[];
  /** Job and instance, whatever the point has. */
  readonly identity: readonly LabelPair[];
  /** Why series cannot have them. */
  readonly fault?: string | undefined;
}

/** What resource and scope give to each of their series. */
export interface ContextLabels {
  /** Only where the point has no such label. */
  readonly promoted: readonly LabelPair[];
  /** Whatever the point has. */
  readonly fixed: readonly LabelPair[];
  /** UTF-16 units of all names and values. */
  readonly length: number;
  /** Why series cannot have them. */
  readonly fault?: string | undefined;
}

/** The labels that the series of a resource share. */
export function resourceLabels(resource: Attributes, settings: OtlpSettings): ResourceLabels {
  const naming = labelNaming(settings);
  const promoted: LabelPair[] = [];
  for (const attribute of promotedAttributes(resource, settings)) {
    const name = labelName(attribute, naming);
    if (name === undefined) return { promoted: [], identity: [], fault: badName(attribute) };
    promoted.push([name, attributeText(resource[attribute] ?? '')]);
  }
  return { promoted, identity: identity(resource) };
}

/** The labels that the series of a scope share; `ofResource` are those of its resource. */
export function contextLabels(context: ItemContext, ofResource: ResourceLabels, settings: OtlpSettings): ContextLabels {
  const naming = labelNaming(settings);
  const fixed: LabelPair[] = [];
  const faulty = (fault: string): ContextLabels => ({ promoted: [], fixed: [], length: 0, fault });
  if (!context.isText) return faulty('a text of its resource or scope is not UTF-8');
  if (ofResource.fault !== undefined) return faulty(ofResource.fault);
  if (settings.promoteScopeMetadata && context.scopeName !== '') {
    for (const attribute of Object.keys(context.scopeAttributes).sort()) {
      const name = labelName(`otel_scope_${attribute}`, naming);
      if (name === undefined) return faulty(badName(attribute));
      fixed.push([name, attributeText(context.scopeAttributes[attribute] ?? '')]);
    }
    fixed.push(['otel_scope_name', context.scopeName], ['otel_scope_version', context.scopeVersion]);
    fixed.push(['otel_scope_schema_url', context.scopeSchemaUrl]);
  }
  const { promoted } = ofResource;
  fixed.push(...ofResource.identity);
  return { promoted, fixed, length: lengthOf(promoted) + lengthOf(fixed) };
}

/** UTF-16 units of names and values. */
export function lengthOf(pairs: Iterable<LabelPair>): number {
  let length = 0;
  for (const [name, value] of pairs) length += name.length + value.length;
  return length;
}

/** The labels of a point; empty values are there, and mean no label. */
export function pointLabels({ pairs, isText }: AttributeList, context: ContextLabels, settings: OtlpSettings): LabelsOrFault {
  if (context.fault !== undefined) return { fault: context.fault };
  if (!isText) return { fault: 'a name or value of its attributes is not UTF-8' };
  const labels = new Map<string, string>();
  const fault = addAttributes(
    labels,
    pairs.map(([name, value]) => [name, attributeText(value)] as const),
    labelNaming(settings),
  );
  if (fault !== undefined) return { fault };
  for (const [name, value] of context.promoted) if (!labels.has(name)) labels.set(name, value);
  for (const [name, value] of context.fixed) labels.set(name, value);
  return { labels };
}

/** The labels of target_info, without its name; undefined when the resource says no more than job and instance, or neither of them. */
export function targetLabels(resource: Attributes, settings: OtlpSettings): LabelsOrFault | undefined {
  const known = identity(resource);
  const others = Object.keys(resource).filter((name) => !IDENTIFYING.has(name));
  if (known.length === 0 || others.length === 0) return undefined;
  const kept = settings.keepIdentifyingResourceAttributes ? Object.keys(resource) : others;
  const labels = new Map<string, string>();
  const fault = addAttributes(
    labels,
    kept.map((name) => [name, attributeText(resource[name] ?? '')] as const),
    labelNaming(settings),
  );
  if (fault !== undefined) return { fault };
  for (const [name, value] of known) labels.set(name, value);
  return { labels };
}

/** Names that become one share a label, their values in the order of the names. */
function addAttributes(labels: Map<string, string>, pairs: readonly LabelPair[], naming: LabelNaming): string | undefined {
  for (const [attribute, value] of pairs.toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))) {
    const name = labelName(attribute, naming);
    if (name === undefined) return badName(attribute);
    const other = labels.get(name);
    labels.set(name, other === undefined ? value : `${other};${value}`);
  }
  return undefined;
}

function identity(resource: Attributes): LabelPair[] {
  const { [SERVICE_NAME]: service, [SERVICE_NAMESPACE]: namespace, [SERVICE_INSTANCE]: instance } = resource;
  const pairs: LabelPair[] = [];
  if (service !== undefined) {
    const job = attributeText(service);
    pairs.push(['job', namespace === undefined ? job : `${attributeText(namespace)}/${job}`]);
  }
  if (instance !== undefined) pairs.push(['instance', attributeText(instance)]);
  return pairs;
}

function promotedAttributes(resource: Attributes, settings: OtlpSettings): string[] {
  const names = settings.promoteAllResourceAttributes
    ? Object.keys(resource).filter((name) => !settings.ignoreResourceAttributes.includes(name))
    : settings.promoteResourceAttributes.filter((name) => Object.hasOwn(resource, name));
  return names.sort();
}

function badName(attribute: string): string {
  return attribute === ''
    ? 'an attribute has no name'
    : `nothing is left of the name of the attribute ${JSON.stringify(attribute.slice(0, 100))}`;
}
