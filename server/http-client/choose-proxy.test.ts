import { describe, expect, it } from 'vitest';
import { chooseProxy } from './choose-proxy.ts';

const PROXY = 'http://proxy:3128';

describe('no_proxy', () => {
  const cases: [noProxy: string, url: string, isProxied: boolean][] = [
    ['example.com', 'http://example.com/', false],
    ['example.com', 'http://EXAMPLE.com./', false],
    ['example.com', 'http://a.example.com/', false],
    ['example.com', 'http://badexample.com/', true],
    ['.example.com', 'http://example.com/', true],
    ['.example.com', 'http://a.example.com/', false],
    ['*.example.com', 'http://a.b.example.com/', false],
    ['*.example.com', 'http://example.com/', true],
    ['example.com:8080', 'http://example.com/', true],
    ['example.com:8080', 'http://example.com:8080/', false],
    ['example.com:443', 'https://example.com/', false],
    ['other.com, example.com', 'http://example.com/', false],
    ['*', 'http://example.com/', false],
    ['10.0.0.1', 'http://10.0.0.1:9100/', false],
    ['10.0.0.1:9100', 'http://10.0.0.1:9101/', true],
    ['10.0.0.0/8', 'http://10.250.1.1/', false],
    ['10.0.0.0/8', 'http://11.0.0.1/', true],
    ['10.0.0.0/99', 'http://10.0.0.1/', true],
    ['fd00::/8', 'http://[fd00::1]:80/', false],
    ['fd00::1', 'http://[fd00::1]:80/', false],
    ['x', 'http://localhost:9090/', false],
    ['x', 'http://127.9.9.9/', false],
    ['x', 'http://[::1]/', false],
    ['x', 'http://example.com/', true],
  ];
  it.each(cases)('%s: %s is proxied: %s', (noProxy, url, isProxied) => {
    expect(chooseProxy({ proxyUrl: PROXY, noProxy }, new URL(url), {})).toBe(isProxied ? PROXY : undefined);
  });

  it('without it even this machine is reached through the proxy', () => {
    expect(chooseProxy({ proxyUrl: PROXY }, new URL('http://localhost/'), {})).toBe(PROXY);
  });
});

describe('proxy_from_environment', () => {
  const choose = (url: string, env: Record<string, string>) => chooseProxy({ proxyFromEnvironment: true }, new URL(url), env);

  it('has a proxy for each scheme', () => {
    const env = { HTTP_PROXY: 'http://a:1', https_proxy: 'b:2', NO_PROXY: 'skip.com' };
    expect(choose('http://x/', env)).toBe('http://a:1');
    expect(choose('https://x/', env)).toBe('http://b:2');
    expect(choose('https://skip.com/', env)).toBeUndefined();
    expect(choose('http://localhost/', env)).toBeUndefined();
    expect(choose('http://x/', {})).toBeUndefined();
  });

  it('is off unless asked for', () => {
    expect(chooseProxy({}, new URL('http://x/'), { HTTP_PROXY: 'http://a:1' })).toBeUndefined();
  });
});
