import type { KubernetesRole } from '../../config/kubernetes-discovery.ts';
import type { Fields } from './fields.ts';
import type { LabelMap } from './meta.ts';
import type { KubernetesNode } from './node.ts';
import type { KubernetesPod } from './pod.ts';
import type { KubernetesService } from './service.ts';

/** The targets of one object of the API. */
export interface ObjectTargets {
  readonly source: string;
  /** Of all targets; a target's own win. */
  readonly labels: LabelMap;
  readonly targets: readonly { readonly address: string; readonly labels: LabelMap }[];
}

/** Other objects that targets show something of. Whoever looks one up is built again when it changes, comes or goes. */
export interface Lookup {
  pod(key: string): KubernetesPod | undefined;
  service(key: string): KubernetesService | undefined;
  /** Undefined too where nodes are not attached. */
  node(name: string): KubernetesNode | undefined;
}

/** How objects of one kind become targets: one file for each role, with upstream's labels. */
export interface Role<T> {
  readonly kind: KubernetesRole;
  /** Keeps only what `build` looks at. */
  read(object: Fields): T;
  /** Undefined: the object says nothing new, what it said before stays. */
  build(object: T, lookup: Lookup): ObjectTargets | undefined;
}
