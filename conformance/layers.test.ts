// Holds every import of the server against the layer table in ARCHITECTURE.md, and the workspaces against each other.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Row of each folder or file directly below server/, from the table in ARCHITECTURE.md. */
function readLayers(): Map<string, number> {
  const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
  const table = text.slice(text.indexOf('<!-- layers: begin -->'), text.indexOf('<!-- layers: end -->'));
  const rows = new Map<string, number>();
  for (const [, row, cells] of table.matchAll(/^\|\s*(\d+)\s*\|(.*)\|$/gm)) {
    for (const [, name] of cells?.matchAll(/`([^`]+)`/g) ?? []) rows.set(name as string, Number(row));
  }
  return rows;
}

function sourcesBelow(folder: string): string[] {
  const isSource = (path: string) => /\.tsx?$/.test(path) && !/(^|\/)(dist|node_modules)\//.test(path);
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(isSource)
    .map((path) => join(folder, path));
}

/** Every module specifier that a file imports or re-exports, types and dynamic imports included. */
function importsOf(path: string): string[] {
  const text = readFileSync(join(root, path), 'utf8');
  const { module, errors } = parseSync(path, text);
  expect(errors, path).toEqual([]);
  const fixed = [
    ...module.staticImports.map((found) => found.moduleRequest.value),
    ...module.staticExports.flatMap((found) => found.entries.flatMap((entry) => entry.moduleRequest?.value ?? [])),
  ];
  const dynamic = module.dynamicImports.map((found) => text.slice(found.moduleRequest.start, found.moduleRequest.end));
  return [...fixed, ...dynamic.filter((text) => /^['"]/.test(text)).map((text) => text.slice(1, -1))];
}

const isTest = (path: string) => /\.(test|bench)\.tsx?$/.test(path) || path.includes('/testdata/') || path.includes('/testing/');

describe('layers of the server', () => {
  const rows = readLayers();
  const placeOf = (path: string) => relative('server', path).split('/')[0] as string;
  const files = sourcesBelow('server');

  it('gives every folder a place in the table', () => {
    const missing = new Set(
      files
        .filter((path) => !isTest(path))
        .map(placeOf)
        .filter((place) => !rows.has(place)),
    );
    expect([...missing]).toEqual([]);
  });

  it('imports only downwards', () => {
    const wrong: string[] = [];
    for (const path of files.filter((file) => !isTest(file))) {
      for (const specifier of importsOf(path).filter((name) => name.startsWith('.'))) {
        const target = relative(root, resolve(root, dirname(path), specifier));
        if (!target.startsWith('server/')) {
          wrong.push(`${path} → ${target}: outside the server`);
          continue;
        }
        const [from, to] = [placeOf(path), placeOf(target)];
        if (from !== to && (rows.get(to) ?? 0) >= (rows.get(from) ?? 0)) wrong.push(`${path} → ${target}: ${from} may not import ${to}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('workspaces', () => {
  const isAllowed: Record<string, (specifier: string) => boolean> = {
    sdk: (specifier) => specifier !== 'alidade' && !specifier.startsWith('@alidade/'),
    server: (specifier) =>
      !specifier.startsWith('@alidade/') || /^@alidade\/sdk\/(schema|advise|slo|slo\/files|code|deploy)$/.test(specifier),
    ui: (specifier) => specifier !== 'alidade' && (!specifier.startsWith('@alidade/') || specifier === '@alidade/sdk/schema'),
    examples: (specifier) => specifier !== 'alidade',
  };
  it.each(Object.keys(isAllowed))('%s imports no workspace that it must not know', (workspace) => {
    const wrong: string[] = [];
    for (const path of sourcesBelow(workspace)) {
      for (const specifier of importsOf(path)) {
        const target = specifier.startsWith('.') ? relative(root, resolve(root, dirname(path), specifier)) : '';
        if (target !== '' ? !target.startsWith(`${workspace}/`) : !isAllowed[workspace]?.(specifier)) wrong.push(`${path} → ${specifier}`);
      }
    }
    expect(wrong).toEqual([]);
  });
});

describe('SQL', () => {
  it('stands only in storage/clickhouse', () => {
    const statement = /['"`]\s*(SELECT\s.+\sFROM|INSERT\s+INTO|CREATE\s+TABLE|ALTER\s+TABLE|DROP\s+TABLE)\b/i;
    const outside = sourcesBelow('server').filter((path) => !path.startsWith('server/storage/clickhouse/') && !isTest(path));
    expect(outside.filter((path) => statement.test(readFileSync(join(root, path), 'utf8')))).toEqual([]);
  });
});
