import type { DeployFile } from '../files.ts';
import type { Manifest } from './manifest.ts';

/** Manifests by the name of their file, without ending. */
export type Folder = Readonly<Record<string, readonly Manifest[]>>;

/** The files of a folder and its kustomization. */
export function folderFiles(folder: string, contents: Folder): DeployFile[] {
  const names = Object.keys(contents).filter((name) => contents[name]?.length);
  return [
    ...names.map((name) => ({ path: `${folder}/${name}.yaml`, documents: contents[name] ?? [] })),
    kustomization(
      folder,
      names.map((name) => `${name}.yaml`),
    ),
  ];
}

/** A folder that is made of others. */
export function kustomization(folder: string, resources: readonly string[]): DeployFile {
  return {
    path: `${folder}/kustomization.yaml`,
    documents: [{ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', resources }],
  };
}
