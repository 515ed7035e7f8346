import { lstat, readdir, readlink } from 'node:fs/promises';
import path from 'node:path';

/** A file below some folder. */
export interface TreeFile {
  /** Below the folder, with slashes. */
  readonly path: string;
  readonly sizeBytes: number;
  /** When its content changed, in nanoseconds since the epoch. */
  readonly mtimeNs: string;
}

/** What lies below a folder. */
export interface Tree {
  readonly files: TreeFile[];
  readonly links: { readonly path: string; readonly target: string }[];
}

/** All files and symbolic links below a folder, at any depth; links are not followed. */
export async function readTree(root: string): Promise<Tree> {
  const tree: Tree = { files: [], links: [] };
  await addFolder(root, '', tree);
  return tree;
}

async function addFolder(root: string, below: string, tree: Tree): Promise<void> {
  for (const entry of await readdir(path.join(root, below), { withFileTypes: true })) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`;
    const full = path.join(root, name);
    if (entry.isDirectory()) await addFolder(root, name, tree);
    else if (entry.isSymbolicLink()) tree.links.push({ path: name, target: await readlink(full) });
    else if (entry.isFile()) {
      const { size, mtimeNs } = await lstat(full, { bigint: true });
      tree.files.push({ path: name, sizeBytes: Number(size), mtimeNs: `${mtimeNs}` });
    }
  }
}
