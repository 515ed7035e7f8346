import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { loadConfig } from './load.ts';

// Hundreds of small files, each with one thing in question: whatever promtool or amtool accepts is accepted here, and the other way round.
// The exceptions are listed with their reasons: `stricter` can never work upstream, `laxer` is a warning here.
interface Cases {
  readonly prometheus: readonly string[];
  readonly rules: readonly string[];
  readonly alertmanager: readonly string[];
  readonly stricter: Readonly<Record<string, string>>;
  readonly laxer: Readonly<Record<string, string>>;
}

const peers = fileURLToPath(new URL('../../.cache/peers/', import.meta.url));
const promtool = join(peers, 'prometheus-3/usr/bin/promtool');
const amtool = join(peers, 'alertmanager/usr/bin/amtool');
const cases = JSON.parse(readFileSync(new URL('./testdata/acceptance.json', import.meta.url), 'utf8')) as Cases;
const scratch = mkdtempSync(join(tmpdir(), 'alidade-acceptance-'));

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Writes each text as `file` into a folder of its own. */
function writeAll(kind: string, file: string, texts: readonly string[]): string[] {
  return texts.map((text, i) => {
    const dir = join(scratch, kind, String(i));
    mkdirSync(dir, { recursive: true });
    writeFileSync(join(dir, file), text);
    if (kind === 'rules') writeFileSync(join(dir, 'prometheus.yml'), 'rule_files: [rules.yml]\n');
    return join(dir, file);
  });
}

/** Which files a peer accepts: it says `Checking FILE`, then SUCCESS on the same stream. Some files make it crash: it is started again behind them. */
function acceptedBy(program: string, args: readonly string[], files: readonly string[]): boolean[] {
  const verdicts = new Map<string, boolean>();
  for (let rest = files; rest.length > 0; rest = rest.filter((file) => !verdicts.has(file))) {
    const { stdout } = spawnSync(program, [...args, ...rest], { encoding: 'utf8' });
    const parts = stdout.split('Checking ').slice(1);
    const known = verdicts.size;
    for (const part of parts) verdicts.set(/^'?([^\s']+)/.exec(part)?.[1] ?? '', part.includes('SUCCESS'));
    if (verdicts.size === known) throw new Error(`${program} says nothing about ${rest[0]}`);
  }
  return files.map((file) => verdicts.get(file) ?? false);
}

async function acceptedHere(file: string): Promise<boolean> {
  const checkTemplate = (text: string) => {
    if (text.includes('{{') && !text.includes('}}')) throw new Error('unclosed action');
  };
  const { config } = await loadConfig({ dir: join(file, '..'), flags: {}, env: {}, checkExpr: () => undefined, checkTemplate });
  return config !== undefined;
}

async function compare(texts: readonly string[], files: readonly string[], isAccepted: readonly boolean[]): Promise<void> {
  const different: string[] = [];
  for (const [i, text] of texts.entries()) {
    const here = await acceptedHere(files[i] ?? '');
    const expected = text in cases.stricter ? false : text in cases.laxer ? true : isAccepted[i];
    if (here !== expected) different.push(`${here ? 'accepted' : 'refused'} here: ${JSON.stringify(text)}`);
  }
  expect(different).toEqual([]);
  // A peer that accepts nothing or everything was not understood.
  expect(new Set(isAccepted).size).toBe(2);
}

describe.skipIf(!existsSync(promtool))('promtool and Alidade agree (.cache/peers/prometheus-3)', () => {
  it('on prometheus.yml', async () => {
    const files = writeAll('prometheus', 'prometheus.yml', cases.prometheus);
    await compare(cases.prometheus, files, acceptedBy(promtool, ['check', 'config', '--syntax-only', '--lint=none'], files));
  });

  it('on rule files', async () => {
    const files = writeAll('rules', 'rules.yml', cases.rules);
    await compare(cases.rules, files, acceptedBy(promtool, ['check', 'rules', '--lint=none'], files));
  });
});

describe.skipIf(!existsSync(amtool))('amtool and Alidade agree (.cache/peers/alertmanager)', () => {
  it('on alertmanager.yml', async () => {
    const files = writeAll('alertmanager', 'alertmanager.yml', cases.alertmanager);
    await compare(cases.alertmanager, files, acceptedBy(amtool, ['check-config'], files));
  });
});
