// One web.config.file before the real Prometheus and before this server: who is let in is the same, also after the file has changed.
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type SecureVersion } from 'node:tls';
import { Client as GrpcClient, credentials as grpcCredentials, Metadata } from '@grpc/grpc-js';
import { hash } from 'bcrypt';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createToken } from '../server/config/tokens-file.ts';
import { findPrometheus } from './peers/prometheus.ts';
import { freePort, type Running, root, run, until } from './testing/processes.ts';

const prometheus = findPrometheus();

/** Certificates that sign themselves: one for the server, one for clients, and one that nobody trusts. */
const PEM = {
  server: join(root, 'server/discovery/testing/api-server'),
  client: join(root, 'server/http-client/testdata/server'),
};

interface How {
  readonly method?: string;
  readonly path?: string;
  readonly user?: string;
  readonly authorization?: string;
  readonly certificate?: keyof typeof PEM;
  readonly maxVersion?: SecureVersion;
  readonly ciphers?: string;
}

describe.skipIf(!prometheus)('a web.config.file', () => {
  let folder: string;
  const programs: Running[] = [];
  const ports = { prometheus: 0, alidade: 0, grpc: 0 };
  let users: string;
  const pem: Record<string, Buffer> = {};

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'alidade-web-'));
    for (const [name, path] of Object.entries(PEM))
      for (const end of ['crt', 'key']) {
        pem[`${name}.${end}`] = await readFile(`${path}.${end}`);
        await copyFile(`${path}.${end}`, join(folder, `${name}.${end}`));
      }
    users = `basic_auth_users: {ann: '${(await hash('hunter2', 4)).replace('$2b$', '$2y$')}'}`;
    await configure('');
    await writeFile(join(folder, 'prometheus.yml'), 'global: {}\n');
    for (const name of ['prometheus', 'alidade', 'grpc'] as const) ports[name] = await freePort();
    const web = `--web.config.file=${join(folder, 'web.yml')}`;
    const files = [`--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'peer')}`];
    programs.push(run(prometheus as string, [...files, `--web.listen-address=127.0.0.1:${ports.prometheus}`, web]));
    const listen = ['--listen', `127.0.0.1:${ports.alidade}`, '--otlp-http', 'off', '--otlp-grpc', `127.0.0.1:${ports.grpc}`];
    programs.push(run(join(root, 'server/bin/alidade'), ['up', '--no-demo', '--data', join(folder, 'data'), ...listen, web]));
    await until('both are ready', async () => (await both({ path: '/-/ready', user: 'ann:hunter2' })).every((status) => status === 200));
  });
  afterAll(async () => {
    await Promise.all(programs.map((program) => program.stop('SIGKILL')));
    await rm(folder, { recursive: true, force: true });
  });

  const configure = (tls: string) =>
    writeFile(join(folder, 'web.yml'), `tls_server_config:\n  cert_file: server.crt\n  key_file: server.key\n${tls}${users}\n`);

  /** The status of each, or 'refused' where there is none. */
  const both = async (how: How) => [await statusAt(ports.prometheus, how), await statusAt(ports.alidade, how)];

  const statusAt = (
    port: number,
    { method = 'GET', path = '/api/v1/query?query=1', user, authorization, certificate, maxVersion, ciphers }: How,
  ) =>
    new Promise<number | 'refused'>((resolve) => {
      const sent = request({
        host: '127.0.0.1',
        port,
        method,
        path,
        ca: pem['server.crt'],
        agent: false,
        ...(certificate && { cert: pem[`${certificate}.crt`], key: pem[`${certificate}.key`] }),
        ...(maxVersion && { maxVersion, minVersion: maxVersion }),
        ...(ciphers && { ciphers }),
        headers: {
          ...(user !== undefined && { authorization: `Basic ${Buffer.from(user).toString('base64')}` }),
          ...(authorization !== undefined && { authorization }),
        },
      });
      sent.on('error', () => resolve('refused'));
      sent.on('response', (answer) => resolve(answer.resume().statusCode ?? 0));
      sent.end();
    });

  it('lets in who knows a password', async () => {
    const cases: How[] = [
      {},
      { user: 'ann:hunter2' },
      { user: 'ann:hunter3' },
      { user: 'ann:' },
      { user: 'bob:hunter2' },
      { user: ':hunter2' },
      { authorization: 'Basic x' },
      { authorization: 'Bearer hunter2' },
      { path: '/metrics' },
      { path: '/metrics', user: 'ann:hunter2' },
      { path: '/nowhere/at/all' },
      { path: '/api/v1/write' },
    ];
    const wanted = [401, 200, 401, 401, 401, 401, 401, 401, 401, 200, 401, 401];
    for (const [i, how] of cases.entries()) expect([how, await both(how)]).toEqual([how, [wanted[i], wanted[i]]]);
  });

  it('speaks the versions and suites of TLS that it names', async () => {
    const versions = async () => {
      const answers = [];
      for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) answers.push(await both({ user: 'ann:hunter2', maxVersion }));
      return answers;
    };
    expect(await versions()).toEqual([
      [200, 200],
      [200, 200],
    ]);
    await configure('  min_version: TLS13\n');
    expect(await versions()).toEqual([
      ['refused', 'refused'],
      [200, 200],
    ]);
    await configure('  max_version: TLS12\n  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384]\n');
    expect(await versions()).toEqual([
      [200, 200],
      ['refused', 'refused'],
    ]);
    const suite = (ciphers: string) => both({ user: 'ann:hunter2', maxVersion: 'TLSv1.2', ciphers });
    expect([await suite('ECDHE-ECDSA-AES256-GCM-SHA384'), await suite('ECDHE-ECDSA-AES128-GCM-SHA256')]).toEqual([
      [200, 200],
      ['refused', 'refused'],
    ]);
  });

  it('asks for certificates of clients as it says', async () => {
    const table: [type: string, none: number | string, trusted: number | string, other: number | string][] = [
      ['RequestClientCert', 200, 200, 200],
      ['RequireAnyClientCert', 'refused', 200, 200],
      ['VerifyClientCertIfGiven', 200, 200, 'refused'],
      ['RequireAndVerifyClientCert', 'refused', 200, 'refused'],
    ];
    for (const [type, ...wanted] of table) {
      const ca = type.includes('Verify') ? '  client_ca_file: client.crt\n' : '';
      await configure(`  client_auth_type: ${type}\n${ca}`);
      for (const [i, certificate] of [undefined, 'client', 'server'].entries()) {
        const how = { user: 'ann:hunter2', ...(certificate && { certificate: certificate as 'client' }) };
        expect([type, certificate, await both(how)]).toEqual([type, certificate, [wanted[i], wanted[i]]]);
      }
    }
    await configure('  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: client.crt\n  client_allowed_sans: [other.test]\n');
    expect(await both({ user: 'ann:hunter2', certificate: 'client' })).toEqual(['refused', 'refused']);
    await configure('  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: client.crt\n  client_allowed_sans: [app.test]\n');
    expect(await both({ user: 'ann:hunter2', certificate: 'client' })).toEqual([200, 200]);
  });

  it('stands beside tokens, of which one that may read changes and takes nothing, on any way to a path', async () => {
    await configure('');
    const token = createToken(join(folder, 'data', 'tokens.yaml'), 'reader', 'read', new Date());
    const changing = [
      ...['/api/v1/write', '/v1/logs', '/v1/traces', '/v1/metrics', '/api/v1/otlp/v1/metrics', '/loki/api/v1/push', '/api/prom/push'],
      ...['/-/reload', '/-/quit', '/api/v1/admin/tsdb/delete_series', '/api/v1/admin/tsdb/clean_tombstones', '/api/v1/admin/tsdb/snapshot'],
      ...['/api/v2/alerts', '/api/v2/silences', '/metrics/job/x', '/pushgateway/metrics/job/x', '/api/backups'],
      ...['/api/v1/write/', '/api/v1/%77rite', '/api/v1/write?x', '/api/v1/write;x'],
    ].map((path): How => ({ method: 'POST', path }));
    changing.push({ method: 'DELETE', path: '/api/v2/silence/x' }, { method: 'DELETE', path: '/api/backups/x' });
    changing.push({ method: 'DELETE', path: '/metrics/job/x' }, { method: 'PUT', path: '/pushgateway/api/v1/admin/wipe' });
    changing.push({ method: 'GET', path: '/api/backups/x/file?path=data/x' }, { method: 'HEAD', path: '/api/backups/x/file' });
    for (const how of changing) {
      const answers = [await statusAt(ports.alidade, how), await statusAt(ports.alidade, { ...how, authorization: `Bearer ${token}` })];
      expect([how, answers]).toEqual([how, [401, 403]]);
    }
    // What is no path of ours answers nobody either.
    for (const path of ['//api/v1/write', '/api%2fv1%2fwrite', '/grafana/../api/v1/write', '/assets/%2e%2e/package.json'])
      for (const method of ['GET', 'HEAD', 'POST', 'PROPFIND'])
        expect([path, await statusAt(ports.alidade, { method, path })]).toEqual([path, 401]);
  });

  it('that is broken lets nobody in until it is good again', async () => {
    await writeFile(join(folder, 'web.yml'), 'tls_server_config: {cert_fil: x}\n');
    expect(await both({ user: 'ann:hunter2' })).toEqual(['refused', 'refused']);
    await configure('');
    expect(await both({ user: 'ann:hunter2' })).toEqual([200, 200]);
  });

  it('counts for OTLP over gRPC, too', async () => {
    const socket = connectTls({ host: '127.0.0.1', port: ports.grpc, ca: pem['server.crt'] as Buffer, ALPNProtocols: ['h2'] });
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    expect([socket.authorized, socket.alpnProtocol]).toEqual([true, 'h2']);
    socket.destroy();
    const client = new GrpcClient(`localhost:${ports.grpc}`, grpcCredentials.createSsl(pem['server.crt'] as Buffer));
    const send = (user?: string) =>
      new Promise((resolve) => {
        const metadata = new Metadata();
        if (user !== undefined) metadata.set('authorization', `Basic ${Buffer.from(user).toString('base64')}`);
        const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
        const same = (bytes: Buffer) => bytes;
        client.makeUnaryRequest(path, same, same, Buffer.alloc(0), metadata, (error) => resolve(error?.code ?? 0));
      });
    // UNAUTHENTICATED is 16.
    expect([await send(), await send('ann:hunter3'), await send('ann:hunter2')]).toEqual([16, 16, 0]);
    client.close();
  });
});
