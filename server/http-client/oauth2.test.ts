import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { OAuth2Config } from '../config/oauth2.ts';
import { FakeClock } from '../model/fake-clock.ts';
import { Secret } from '../model/secret.ts';
import { createHttpClient } from './http-client.ts';

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

interface Asked {
  readonly form: string;
  readonly authorization: string;
}

/** A token server that counts, and a target that says what it got. */
async function setup(
  answer: (asked: Asked, count: number) => [status: number, body: string, type?: string],
  more: Partial<OAuth2Config> = {},
) {
  const asked: Asked[] = [];
  const tokenUrl = await serve(async (request, response) => {
    asked.push({ form: await bodyOf(request), authorization: request.headers.authorization ?? '' });
    const [status, body, type = 'application/json'] = answer(asked.at(-1) as Asked, asked.length);
    response.writeHead(status, { 'content-type': type }).end(body);
  });
  const target = await serve((request, response) => response.end(request.headers.authorization ?? 'none'));
  const clock = new FakeClock(1_000_000);
  const oauth2: OAuth2Config = { clientId: 'me', clientSecret: new Secret('s:/?'), scopes: [], tokenUrl, endpointParams: {}, ...more };
  const client = createHttpClient({ followRedirects: true, oauth2 }, { clock });
  cleanups.push(() => client.close());
  const get = async () => new TextDecoder().decode((await client.request(target)).body);
  return { asked, get, clock, target };
}

const good = (count: number, seconds?: number): [number, string] => [
  200,
  JSON.stringify({ access_token: `t${count}`, token_type: 'bearer', ...(seconds !== undefined && { expires_in: seconds }) }),
];

describe('oauth2', () => {
  it('asks for a token once, and again when it ends soon', async () => {
    const { asked, get, clock } = await setup((_asked, count) => good(count, 60), {
      scopes: ['read', 'write'],
      endpointParams: { audience: 'a b' },
    });
    expect(await Promise.all([get(), get(), get()])).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t1']);
    expect(asked).toEqual([
      {
        form: 'grant_type=client_credentials&scope=read+write&audience=a+b',
        authorization: `Basic ${Buffer.from('me:s%3A%2F%3F').toString('base64')}`,
      },
    ]);
    await clock.advance(49_000);
    expect(await get()).toBe('Bearer t1');
    await clock.advance(1_000);
    expect(await get()).toBe('Bearer t2');
  });

  it('sends the credentials in the form where the header is not taken, and remembers it', async () => {
    const { asked, get, clock } = await setup(({ authorization }, count) =>
      authorization === '' ? good(count, 60) : [401, '{"error":"invalid_client"}'],
    );
    expect(await get()).toBe('Bearer t2');
    await clock.advance(60_000);
    expect(await get()).toBe('Bearer t3');
    expect(asked.map(({ authorization }) => authorization !== '')).toEqual([true, false, false]);
    expect(asked.at(-1)?.form).toBe('grant_type=client_credentials&client_id=me&client_secret=s%3A%2F%3F');
  });

  it('takes a form for an answer, and keeps a token that never ends', async () => {
    const { get, clock } = await setup(() => [200, 'access_token=abc&token_type=MAC', 'application/x-www-form-urlencoded']);
    expect(await get()).toBe('MAC abc');
    await clock.advance(10 * 365 * 86_400_000);
    expect(await get()).toBe('MAC abc');
  });

  it('asks again when the file of the secret changes', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'alidade-oauth2-'));
    cleanups.push(() => rm(folder, { recursive: true }));
    const file = join(folder, 'secret');
    await writeFile(file, 'one\n');
    const { asked, get } = await setup((_asked, count) => good(count), { clientSecretFile: file });
    await get();
    await get();
    await writeFile(file, 'two\n');
    expect(await get()).toBe('Bearer t2');
    expect(asked.map(({ authorization }) => Buffer.from(authorization.slice(6), 'base64').toString())).toEqual(['me:one', 'me:two']);
  });

  it.each([
    [[403, 'go away'], 'oauth2: cannot fetch token: the server answered 403: go away'],
    [[200, '{}'], "the server's answer has no access_token; its fields: none"],
    [[200, '{"id_token":"t0p"}'], "the server's answer has no access_token; its fields: id_token"],
    [[200, 't0p'], "the server's answer is not valid JSON"],
  ] as const)('says why there is no token: %j', async ([status, body], message) => {
    const { get } = await setup(() => [status, body]);
    const failure = await get().catch(String);
    expect(failure).toContain(message);
    expect(failure).not.toContain('t0p');
  });

  it.each([301, 307, 308])('sends its secret nowhere else (%i)', async (status) => {
    const elsewhere: string[] = [];
    const other = await serve(async (request, response) => {
      elsewhere.push(await bodyOf(request));
      response.end();
    });
    const tokenUrl = await serve((_request, response) => response.writeHead(status, { location: other }).end());
    const { get } = await setup(() => good(1), { tokenUrl });
    await expect(get()).rejects.toThrow(`oauth2: cannot fetch token: the server answered ${status}, a redirect`);
    expect(elsewhere).toEqual([]);
  });

  it('says that the token server is not there, and tries again with the next request', async () => {
    const { get } = await setup(() => good(1), { tokenUrl: 'http://127.0.0.1:1/' });
    await expect(get()).rejects.toThrow('oauth2: cannot fetch token: connection refused');
    await expect(get()).rejects.toMatchObject({ code: 'http_client.oauth2' });
  });

  it('does not wait for a token when the caller goes away', async () => {
    const tokenUrl = await serve(() => undefined);
    const client = createHttpClient({ followRedirects: true, oauth2: { clientId: 'me', scopes: [], tokenUrl, endpointParams: {} } });
    cleanups.push(() => client.close());
    const controller = new AbortController();
    const pending = client.request('http://127.0.0.1:1/', { signal: controller.signal });
    controller.abort();
    await expect(pending).rejects.toMatchObject({ code: 'http_client.cancelled' });
  });
});
