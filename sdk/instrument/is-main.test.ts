import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { isMain } from './is-main.ts';

/** As if `path` had been started. */
function start(path: string): void {
  const [, before = ''] = process.argv;
  process.argv[1] = path;
  onTestFinished(() => {
    process.argv[1] = before;
  });
}

it('is the module that was started, by a link too, and none that it imports', () => {
  const dir = mkdtempSync(join(tmpdir(), 'alidade-main-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  writeFileSync(join(dir, 'service.ts'), '');
  symlinkSync(join(dir, 'service.ts'), join(dir, 'link.ts'));
  const at = (name: string) => ({ url: pathToFileURL(join(dir, name)).href });
  expect(isMain(at('service.ts'))).toBe(false);
  start(join(dir, 'link.ts'));
  expect(isMain(at('service.ts'))).toBe(true);
  expect(isMain(at('other.ts'))).toBe(false);
  expect(isMain({ ...at('service.ts'), main: false })).toBe(false);
});

it('says what to do under a loader that hides the address of modules', () => {
  start('/x/orders.alidade.ts');
  const said = /isMain: this loader does not tell .* \(import\.meta\.url is data:…\); start \/x\/orders\.alidade\.ts by Node\.js itself/;
  expect(() => isMain({ url: 'data:text/javascript,1' })).toThrow(said);
});
