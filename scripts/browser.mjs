// Finds or installs a Chromium for the browser tests: by apt where we are root on Debian, else Playwright's own download.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './install.mjs';

const CANDIDATES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Path of a Chromium, or undefined. */
export function findBrowser() {
  return CANDIDATES.find((path) => existsSync(path)) ?? playwrightChromium();
}

function playwrightChromium() {
  const script = "import('playwright-core').then((p) => console.log(p.chromium.executablePath()))";
  const path = spawnSync(process.execPath, ['-e', script], { cwd: root, encoding: 'utf8' }).stdout.trim();
  return path !== '' && existsSync(path) ? path : undefined;
}

/** Makes sure that there is a browser; returns its path, or a reason why not. */
export function ensureBrowser() {
  const found = findBrowser();
  if (found) return { path: found };
  try {
    if (process.getuid?.() === 0 && existsSync('/usr/bin/apt-get')) {
      console.log('Installing Chromium for the browser tests …');
      execFileSync('apt-get', ['update', '-qq'], { stdio: ['ignore', 'ignore', 'pipe'] });
      const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
      execFileSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'chromium', 'fonts-dejavu-core'], {
        stdio: ['ignore', 'ignore', 'pipe'],
        env,
      });
    } else {
      execFileSync(process.execPath, [join(root, 'node_modules/playwright-core/cli.js'), 'install', 'chromium'], {
        stdio: ['ignore', 'ignore', 'pipe'],
      });
    }
  } catch (error) {
    return {
      reason:
        String(error.stderr ?? '')
          .trim()
          .split('\n')
          .at(-1) || error.message,
    };
  }
  const path = findBrowser();
  return path ? { path } : { reason: 'installed, but not found afterwards' };
}
