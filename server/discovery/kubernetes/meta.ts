import { sanitizeLabelName } from '../address.ts';
import { type Fields, fieldsOf, textOf, textsOf } from './fields.ts';

/** Labels of a target or of all targets of a group. */
export type LabelMap = Record<string, string>;

/** What every object of the API has, as far as targets show it. */
export interface ObjectMeta {
  readonly name: string;
  /** '' for objects of the cluster. */
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Reads an object's metadata. */
export function readMeta(object: Fields): ObjectMeta {
  const meta = fieldsOf(object.metadata);
  return {
    name: textOf(meta.name),
    namespace: textOf(meta.namespace),
    labels: textsOf(meta.labels),
    annotations: textsOf(meta.annotations),
  };
}

/** How an object is found again: `namespace/name`, or its name where it has no namespace. */
export function keyOf({ namespace, name }: { readonly namespace: string; readonly name: string }): string {
  return namespace === '' ? name : `${namespace}/${name}`;
}

/** `__meta_kubernetes_<kind>_name`, `_label_*`, `_labelpresent_*`, `_annotation_*`, `_annotationpresent_*`. */
export function metaLabels(kind: string, meta: ObjectMeta): LabelMap {
  const prefix = `__meta_kubernetes_${kind}_`;
  const labels: LabelMap = { [`${prefix}name`]: meta.name };
  for (const [name, value] of Object.entries(meta.labels)) {
    const sanitized = sanitizeLabelName(name);
    labels[`${prefix}label_${sanitized}`] = value;
    labels[`${prefix}labelpresent_${sanitized}`] = 'true';
  }
  for (const [name, value] of Object.entries(meta.annotations)) {
    const sanitized = sanitizeLabelName(name);
    labels[`${prefix}annotation_${sanitized}`] = value;
    labels[`${prefix}annotationpresent_${sanitized}`] = 'true';
  }
  return labels;
}
