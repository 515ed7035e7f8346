import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { systemClock } from '../../model/clock.ts';
import { accessTo } from './access.ts';
import { readExec, runExec } from './exec-credential.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'alidade-exec-'));
  cleanups.push(() => rm(path, { recursive: true, force: true }));
  return path;
}

function run(script: string, signal = new AbortController().signal) {
  const plugin = readExec({ command: 'sh', args: ['-c', script, 'sh', '--token=hunter2'] }, '/config');
  return runExec(plugin, { PATH: process.env.PATH }, signal);
}

describe('a program that gives credentials', () => {
  it.each([
    ['exit 3', 'the program "sh" of the kubeconfig gives no credentials: it ended with exit code 3'],
    ['kill -TERM $$', 'it was ended by SIGTERM'],
    ['echo hunter2', 'its answer is not valid JSON'],
    [`echo '{"token":"hunter2"}'`, 'its answer has neither a token nor a client certificate'],
    ['head -c 2000000 /dev/zero', 'it cannot be run (ERR_CHILD_PROCESS_STDIO_MAXBUFFER)'],
  ])('is blamed without its arguments and its answer: %s', async (script, message) => {
    const failure = await run(script).catch(String);
    expect(failure).toContain(message);
    expect(failure).not.toContain('hunter2');
  });

  it('may wait for the end of its input', async () => {
    const { client } = await run(`cat; echo '{"status":{"token":"t"}}'`);
    expect(client.authorization?.credentials?.reveal()).toBe('t');
  });

  it('is ended even when it will not', async () => {
    const file = join(await folder(), 'pid');
    const controller = new AbortController();
    const running = run(
      `trap '' TERM; echo $$ > '${file}.new'; mv '${file}.new' '${file}'; while :; do sleep 0.05; done`,
      controller.signal,
    );
    const pid = Number(await vi.waitFor(() => readFile(file, 'utf8'), { timeout: 10_000 }));
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: 'discovery.no_access' });
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'));
  });

  it('is refused when it wants to know the cluster', () => {
    expect(() => readExec({ command: 'sign-in', provideClusterInfo: true }, '/config')).toThrow(
      'kubeconfig_file "/config": the program "sign-in" wants provideClusterInfo: true, which is not supported',
    );
  });

  it('is asked again only when its newest answer is refused, and not each time when that has ended already', async () => {
    const dir = await folder();
    const file = join(dir, 'config');
    const answer = '{"status":{"token":"t","expirationTimestamp":"2020-01-01T00:00:00Z"}}';
    const exec = JSON.stringify({ command: 'sh', args: ['-c', `echo run >> '${dir}/runs'; echo '${answer}'`] });
    await writeFile(
      file,
      `current-context: c
contexts: [{name: c, context: {cluster: k, user: u}}]
clusters: [{name: k, cluster: {server: 'http://127.0.0.1:1'}}]
users: [{name: u, user: {exec: ${exec}}}]
`,
    );
    const { signal } = new AbortController();
    const open = accessTo(
      { type: 'kubeconfig', file },
      { env: { PATH: process.env.PATH }, serviceAccountDir: dir, clock: systemClock, signal },
    );
    const first = await open();
    expect(await open()).toBe(first);
    first.onUnauthorized?.();
    const second = await open();
    expect(second).not.toBe(first);
    // Another list that was asked for with the first ones hears of it late.
    first.onUnauthorized?.();
    expect(await open()).toBe(second);
    expect(await readFile(join(dir, 'runs'), 'utf8')).toBe('run\nrun\n');
  });
});
