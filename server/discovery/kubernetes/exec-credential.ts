import { type ExecFileException, execFile } from 'node:child_process';
import { dirname, isAbsolute, join } from 'node:path';
import type { HttpClientConfig } from '../../config/http-client.ts';
import { Secret } from '../../model/secret.ts';
import { discoveryError } from '../errors.ts';
import { type Fields, fieldsOf, itemsOf, textOf } from './fields.ts';

const TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 1024 * 1024;
const SHOWN = 300;

/** A program of a kubeconfig that gives credentials: `aws eks get-token` and the like. */
export interface ExecPlugin {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly apiVersion: string;
}

/** What it gave. */
export interface ExecCredential {
  readonly client: Pick<HttpClientConfig, 'authorization' | 'tls'>;
  /** Milliseconds since the epoch; undefined: until the API server refuses it. */
  readonly untilMs: number | undefined;
}

/** Reads an `exec` of a kubeconfig; a command with a slash is relative to its folder. Throws AppError `discovery.no_access`. */
export function readExec(exec: Fields, file: string): ExecPlugin {
  const command = textOf(exec.command);
  if (exec.provideClusterInfo === true) {
    throw discoveryError(
      'discovery.no_access',
      `kubeconfig_file "${file}": the program "${command}" wants provideClusterInfo: true, which is not supported (name the cluster in its args or env)`,
    );
  }
  return {
    command: command.includes('/') && !isAbsolute(command) ? join(dirname(file), command) : command,
    args: itemsOf(exec.args).map(textOf),
    env: Object.fromEntries(itemsOf(exec.env).map((item) => [textOf(fieldsOf(item).name), textOf(fieldsOf(item).value)])),
    apiVersion: textOf(exec.apiVersion) || 'client.authentication.k8s.io/v1',
  };
}

/** Runs the program as client-go does. Throws AppError `discovery.no_access`. */
export async function runExec(
  plugin: ExecPlugin,
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<ExecCredential> {
  const info = { apiVersion: plugin.apiVersion, kind: 'ExecCredential', spec: { interactive: false } };
  const output = await run(plugin, { ...env, ...plugin.env, KUBERNETES_EXEC_INFO: JSON.stringify(info) }, signal);
  const status = fieldsOf(fieldsOf(parse(output, plugin.command)).status);
  const token = textOf(status.token);
  const [cert, key] = [textOf(status.clientCertificateData), textOf(status.clientKeyData)];
  if (token === '' && cert === '') throw refuse(plugin.command, 'its answer has neither a token nor a client certificate');
  const until = Date.parse(textOf(status.expirationTimestamp));
  return {
    client: {
      ...(token !== '' && { authorization: { type: 'Bearer', credentials: new Secret(token) } }),
      ...(cert !== '' && { tls: { cert, key: new Secret(key), insecureSkipVerify: false } }),
    },
    untilMs: Number.isNaN(until) ? undefined : until,
  };
}

function run(plugin: ExecPlugin, env: Readonly<Record<string, string | undefined>>, signal: AbortSignal): Promise<string> {
  // Nothing that a program may catch: it would go on for ever.
  const options = { env: { ...env }, timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES, signal, killSignal: 'SIGKILL' as const };
  return new Promise((resolve, reject) => {
    const child = execFile(plugin.command, [...plugin.args], options, (error, stdout, stderr) => {
      if (!error) return resolve(stdout);
      // An abort has only asked it to end.
      child.kill('SIGKILL');
      const said = stderr.trim().replace(/\s+/g, ' ').slice(0, SHOWN);
      reject(refuse(plugin.command, said === '' ? endOf(error) : said));
    });
    // Who asks for a password there gets none, and ends.
    child.stdin?.end();
  });
}

// Not the error's own message, which has all arguments: tokens stand there too.
function endOf({ code, killed, signal }: ExecFileException): string {
  if (typeof code === 'number') return `it ended with exit code ${code}`;
  if (typeof code === 'string') return `it cannot be run (${code})`;
  return killed ? `it did not end within ${TIMEOUT_MS / 1000}s` : `it was ended by ${signal}`;
}

function parse(output: string, command: string): unknown {
  try {
    return JSON.parse(output);
  } catch {
    // V8's own words quote the text, which may begin with the token.
    throw refuse(command, 'its answer is not valid JSON');
  }
}

function refuse(command: string, reason: string) {
  return discoveryError('discovery.no_access', `the program "${command}" of the kubeconfig gives no credentials: ${reason}`);
}
