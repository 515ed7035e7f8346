import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hash } from 'bcrypt';
import type { InjectOptions } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createToken, deleteToken } from '../../config/tokens-file.ts';
import { FakeClock } from '../../model/fake-clock.ts';
import { Secret } from '../../model/secret.ts';
import { checkExposure } from '../listen.ts';
import { createHttpServer, type HttpServer } from '../server.ts';
import { Authenticator } from './authenticator.ts';
import { MAX_GUESSES, networkOf } from './guess-throttle.ts';
import { SESSION_MS } from './sessions.ts';
import { namesIn } from './tls.ts';

const BROWSER = { accept: 'text/html,*/*', 'sec-fetch-mode': 'navigate', 'sec-fetch-site': 'none' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const clock = new FakeClock(Date.UTC(2026, 0, 1));
let folder: string;
let http: HttpServer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'alidade-auth-'));
});
afterEach(async () => {
  await http.close();
  await rm(folder, { recursive: true, force: true });
});

const tokensFile = () => join(folder, 'tokens.yaml');
const webConfigFile = () => join(folder, 'web.yml');

async function serve(options: { token?: string; withUsers?: boolean } = {}): Promise<void> {
  if (options.withUsers) await writeUsers('hunter2');
  const authenticator = new Authenticator({
    clock,
    token: options.token === undefined ? undefined : new Secret(options.token),
    tokensFile: tokensFile(),
    ...(options.withUsers && { webConfigFile: webConfigFile() }),
  });
  http = await createHttpServer(
    {
      clock,
      listen: { host: '127.0.0.1', port: 0 },
      authenticator,
      noAuth: false,
      externalUrl: '',
      maxRequestBytes: 10_000,
      reportError: () => undefined,
    },
    [
      async (app) => {
        app.get('/read', { config: { access: 'read' } }, ({ identity }) => identity);
        app.post('/ask', { config: { access: 'read' } }, () => 'asked');
        app.post('/change', () => 'changed');
        app.get('/open', { config: { access: 'open' } }, () => 'open');
      },
    ],
  );
}

async function writeUsers(password: string): Promise<void> {
  // As htpasswd writes it.
  const hashed = (await hash(password, 4)).replace('$2b$', '$2y$');
  await writeFile(webConfigFile(), `basic_auth_users: {ann: '${hashed}'}\nhttp_server_config: {headers: {X-Frame-Options: deny}}\n`);
}

const ask = (url: string, options: Partial<InjectOptions> = {}) =>
  http.app.inject({ method: 'GET', url, ...options, headers: { host: 'localhost', ...options.headers } });
const statusOf = async (...args: Parameters<typeof ask>) => (await ask(...args)).statusCode;
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
const basic = (user: string, password: string) => ({
  headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
});
const logIn = (fields: Record<string, string>, headers: Record<string, string> = {}) =>
  ask('/login', { method: 'POST', headers: { ...FORM, ...BROWSER, ...headers }, payload: new URLSearchParams(fields).toString() });

describe('tokens', () => {
  it('read, or read and write, from the moment that they are made until they are deleted', async () => {
    await serve();
    expect([await statusOf('/read'), await statusOf('/change', { method: 'POST' })]).toEqual([200, 200]);
    const read = createToken(tokensFile(), 'grafana', 'read', new Date(0));
    const write = createToken(tokensFile(), 'ci', 'write', new Date(0));
    expect([await statusOf('/read'), await statusOf('/open')]).toEqual([401, 200]);
    expect((await ask('/read', bearer(read))).json()).toEqual({ name: 'grafana', scope: 'read', kind: 'token' });
    expect(await statusOf('/read', basic('anybody', read))).toBe(200);
    expect(await statusOf('/ask', { method: 'POST', ...bearer(read) })).toBe(200);
    const refused = await ask('/change', { method: 'POST', ...bearer(read) });
    expect(refused.statusCode).toBe(403);
    expect(refused.json().error).toMatchObject({
      code: 'http.read_only',
      message: expect.stringContaining('the token "grafana" may read'),
    });
    expect(await statusOf('/change', { method: 'POST', ...bearer(write) })).toBe(200);
    expect(await statusOf('/read', bearer(`${read}x`))).toBe(401);
    deleteToken(tokensFile(), 'grafana');
    expect([await statusOf('/read', bearer(read)), await statusOf('/read', bearer(write))]).toEqual([401, 200]);
  });

  it('that cannot be read let nobody in, who is not told what is in them', async () => {
    await serve();
    const token = createToken(tokensFile(), 'ci', 'write', new Date(0));
    expect(await statusOf('/read', bearer(token))).toBe(200);
    await writeFile(tokensFile(), 'tokens: [{name: x, scope: read, sha256: a-hash}]');
    const failed = await ask('/read', bearer(token));
    expect([failed.statusCode, failed.json().error.code]).toEqual([500, 'http.bad_web_config']);
    expect(failed.body).not.toMatch(/a-hash|tokens\.yaml/);
    expect(await statusOf('/open')).toBe(200);
  });

  it('let nobody in when the last of them has gone', async () => {
    await serve();
    const token = createToken(tokensFile(), 'ci', 'write', new Date(0));
    expect(await statusOf('/read', bearer(token))).toBe(200);
    deleteToken(tokensFile(), 'ci');
    expect([await statusOf('/read'), await statusOf('/change', { method: 'POST' })]).toEqual([401, 401]);
    await rm(tokensFile());
    expect(await statusOf('/read')).toBe(401);
    const next = createToken(tokensFile(), 'ci', 'write', new Date(0));
    expect(await statusOf('/read', bearer(next))).toBe(200);
  });
});

describe('users of a web.config.file', () => {
  it('are known by their password, of which a new one counts at once', async () => {
    await serve({ withUsers: true });
    const missing = await ask('/read');
    expect([missing.statusCode, missing.headers['www-authenticate'], missing.headers['x-frame-options']]).toEqual([
      401,
      'Basic realm="Alidade", charset="UTF-8"',
      'deny',
    ]);
    expect((await ask('/read', basic('ann', 'hunter2'))).json()).toEqual({ name: 'ann', scope: 'write', kind: 'user' });
    expect([await statusOf('/read', basic('ann', 'hunter3')), await statusOf('/read', basic('bob', 'hunter2'))]).toEqual([401, 401]);
    expect(await statusOf('/read', bearer('hunter2'))).toBe(401);
    await writeUsers('other');
    expect([await statusOf('/read', basic('ann', 'hunter2')), await statusOf('/read', basic('ann', 'other'))]).toEqual([401, 200]);
  });

  it('must wait after too many wrong ones, but created tokens and other addresses need not', async () => {
    await serve({ withUsers: true });
    const token = createToken(tokensFile(), 'ci', 'read', new Date(0));
    for (let i = 0; i < MAX_GUESSES; i++) expect(await statusOf('/read', basic('ann', `guess ${i}`))).toBe(401);
    const waiting = await ask('/read', basic('ann', 'hunter2'));
    expect([waiting.statusCode, waiting.headers['retry-after']]).toEqual([429, '60']);
    expect((await logIn({ user: 'ann', secret: 'hunter2' })).statusCode).toBe(429);
    expect(await statusOf('/read', bearer(token))).toBe(200);
    expect(await statusOf('/read', { ...basic('ann', 'hunter2'), remoteAddress: '10.0.0.2' })).toBe(200);
    await clock.advance(60_001);
    expect(await statusOf('/read', basic('ann', 'hunter2'))).toBe(200);
  });

  it('have no more guesses when they guess all at once', async () => {
    await serve({ withUsers: true });
    const statuses = await Promise.all(Array.from({ length: 60 }, (_, i) => statusOf('/read', basic('ann', `guess ${i}`))));
    expect(statuses.filter((status) => status === 401).length).toBeLessThanOrEqual(MAX_GUESSES + 1);
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
  });

  it('are not kept away by a program that has an old password', async () => {
    await serve({ withUsers: true });
    for (let i = 0; i < 3 * MAX_GUESSES; i++) expect(await statusOf('/read', basic('ann', 'old'))).toBe(401);
    expect(await statusOf('/read', basic('ann', 'hunter2'))).toBe(200);
  });

  it('that were emptied let nobody in', async () => {
    await serve({ withUsers: true });
    await writeFile(webConfigFile(), '');
    expect([await statusOf('/read'), await statusOf('/read', basic('ann', 'hunter2'))]).toEqual([401, 401]);
    await writeUsers('hunter2');
    expect(await statusOf('/read', basic('ann', 'hunter2'))).toBe(200);
  });
});

describe('browsers', () => {
  it('get the login page where they asked, without a pop-up, and programs do not', async () => {
    await serve({ token: 'hush' });
    const page = await ask('/d/x?y=1&z="', { headers: BROWSER });
    expect([page.statusCode, page.headers['www-authenticate'], page.headers['content-type']]).toEqual([
      401,
      'Bearer realm="Alidade"',
      'text/html; charset=utf-8',
    ]);
    expect(page.body).toContain('name="next" value="/d/x?y=1&#38;z=');
    expect(page.body).not.toMatch(/<script|http-equiv/);
    const script = await ask('/read', { headers: { accept: '*/*', 'sec-fetch-mode': 'cors', 'sec-fetch-site': 'same-origin' } });
    expect([script.statusCode, script.headers['www-authenticate'], script.json().error.code]).toEqual([
      401,
      'Bearer realm="Alidade"',
      'http.unauthorized',
    ]);
    expect((await ask('/read', { headers: { accept: '*/*' } })).headers['www-authenticate']).toMatch(/^Basic/);
    // A link of another site brings no SameSite=Strict cookie: the page asks once more from here.
    expect((await ask('/d/x', { headers: { ...BROWSER, 'sec-fetch-site': 'cross-site' } })).body).toContain(
      'http-equiv="refresh" content="0"',
    );
  });

  it('log in, stay for their time, and log out', async () => {
    await serve({ token: 'hush' });
    const wrong = await logIn({ secret: 'wrong', next: '/d/x' });
    expect([wrong.statusCode, wrong.headers['set-cookie']]).toEqual([401, undefined]);
    expect(wrong.body).toContain('The token is not right.');
    const right = await logIn({ secret: 'hush', next: '/d/x?y=1' });
    expect([right.statusCode, right.headers.location]).toEqual([303, '/d/x?y=1']);
    const set = String(right.headers['set-cookie']);
    expect(set).toMatch(/^alidade_session=[\w-]+\.[\w-]+; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/);
    const cookie = set.split(';', 1)[0] as string;
    const withCookie = { headers: { cookie: `theme=dark; ${cookie}` } };
    expect((await ask('/read', withCookie)).json()).toMatchObject({ scope: 'write' });
    expect(await statusOf('/read', { headers: { cookie: `${cookie.slice(0, -2)}AA` } })).toBe(401);
    expect(await statusOf('/change', { method: 'POST', ...withCookie })).toBe(200);
    // Not from another site, whatever cookies come.
    const foreign = { method: 'POST' as const, headers: { ...withCookie.headers, origin: 'http://evil.example' } };
    expect([await statusOf('/change', foreign), await statusOf('/logout', foreign)]).toEqual([403, 403]);
    await clock.advance(SESSION_MS - 1);
    expect(await statusOf('/read', withCookie)).toBe(200);
    const out = await ask('/logout', { method: 'POST', ...withCookie });
    expect([out.statusCode, out.headers.location, String(out.headers['set-cookie'])]).toEqual([
      303,
      '/login',
      expect.stringContaining('Max-Age=0'),
    ]);
    expect(await statusOf('/read', withCookie)).toBe(401);
    const second = String((await logIn({ secret: 'hush' })).headers['set-cookie']).split(';', 1)[0] as string;
    await clock.advance(SESSION_MS + 1);
    expect(await statusOf('/read', { headers: { cookie: second } })).toBe(401);
  });

  it('are not sent to other sites, nor to the login page again', async () => {
    await serve({ token: 'hush' });
    for (const next of [
      '//evil.example',
      'https://evil.example',
      '/\\evil.example',
      '/\t/evil.example',
      '/.//evil.example',
      '/login',
      '/logout',
      '',
      'x',
    ])
      expect((await logIn({ secret: 'hush', next })).headers.location).toBe('/');
    for (const next of ['/d/ü', '/x\r\nSet-Cookie: a=b'])
      expect((await logIn({ secret: 'hush', next })).headers.location).toMatch(/^\/[!-~]+$/);
  });

  it('lose their session when the password or the token has changed', async () => {
    await serve({ withUsers: true });
    const token = createToken(tokensFile(), 'ann', 'read', new Date(0));
    const [user, tokenUser] = await Promise.all(
      [
        { user: 'ann', secret: 'hunter2' },
        { user: '', secret: token },
      ].map(async (fields) => String((await logIn(fields)).headers['set-cookie']).split(';', 1)[0] as string),
    );
    const statuses = async () => [
      await statusOf('/read', { headers: { cookie: user } }),
      await statusOf('/read', { headers: { cookie: tokenUser } }),
    ];
    expect(await statuses()).toEqual([200, 200]);
    expect(await statusOf('/change', { method: 'POST', headers: { cookie: tokenUser } })).toBe(403);
    await writeUsers('other');
    expect(await statuses()).toEqual([401, 200]);
    deleteToken(tokensFile(), 'ann');
    expect(await statuses()).toEqual([401, 401]);
  });

  it('have no more rights than their token has now', async () => {
    await serve();
    const token = createToken(tokensFile(), 'ci', 'write', new Date(0));
    const cookie = String((await logIn({ secret: token })).headers['set-cookie']).split(';', 1)[0] as string;
    expect(await statusOf('/change', { method: 'POST', headers: { cookie } })).toBe(200);
    await writeFile(tokensFile(), (await readFile(tokensFile(), 'utf8')).replace('scope: write', 'scope: read'));
    expect(await statusOf('/change', { method: 'POST', headers: { cookie } })).toBe(401);
  });

  it('carry nothing on which their password could be tried', async () => {
    const payload = async () => {
      const cookie = String((await logIn({ secret: 'hush' })).headers['set-cookie']);
      const { fingerprint } = JSON.parse(Buffer.from(/=([\w-]+)\./.exec(cookie)?.[1] ?? '', 'base64url').toString());
      return fingerprint as string;
    };
    await serve({ token: 'hush' });
    const first = await payload();
    expect(await payload()).toBe(first);
    await http.close();
    await serve({ token: 'hush' });
    expect(await payload()).not.toBe(first);
  });
});

describe('an address that others can reach', () => {
  it('asks for credentials as soon as it asks no more for certificates', async () => {
    await serve();
    const pem = fileURLToPath(new URL('../../discovery/testing/api-server', import.meta.url));
    const tls = `cert_file: ${pem}.crt, key_file: ${pem}.key`;
    await writeFile(
      webConfigFile(),
      `tls_server_config: {${tls}, client_ca_file: ${pem}.crt, client_auth_type: RequireAndVerifyClientCert}\n`,
    );
    const authenticator = new Authenticator({ clock, webConfigFile: webConfigFile() });
    checkExposure({ host: '0.0.0.0', port: 0 }, authenticator, false);
    expect(authenticator.isRequired).toBe(false);
    await writeFile(webConfigFile(), `tls_server_config: {${tls}}\n`);
    expect(authenticator.isRequired).toBe(true);
  });
});

describe('addresses and names', () => {
  it('of IPv6 count by the network that one owner has', () => {
    const networks = ['10.0.0.1', '::ffff:10.0.0.1', '2001:db8:1:2:3:4:5:6', '2001:DB8:1:2::9', '[2001:db8:1:2::9]', '::1', 'fe80::1%eth0'];
    const network = '2001:db8:1:2';
    expect(networks.map(networkOf)).toEqual(['10.0.0.1', '10.0.0.1', network, network, network, '0:0:0:0', 'fe80:0:0:0']);
  });

  it('in certificates are what they say, not what is written in one of them', () => {
    expect(namesIn('DNS:app.test, IP Address:10.0.0.1, email:a@b.test')).toEqual(['app.test', '10.0.0.1', 'a@b.test']);
    expect(namesIn('DNS:"x, DNS:app.test, DNS:y", DNS:other.test')).toEqual(['other.test']);
  });
});
