import { describe, expect, it } from 'vitest';
import { dockerSection } from './docker-discovery.ts';
import { urlFault } from './fields.ts';
import { kubernetesSection } from './kubernetes-discovery.ts';
import { proxyShape } from './proxy.ts';
import { maskUserInfo, redactYaml } from './redact.ts';

describe('redactYaml', () => {
  it.each([
    ['basic_auth: {username: u, password: hunter2}', 'basic_auth: {username: u, password: <secret>}'],
    ['password: |\n  two\n  lines\nnext: 1', 'password: <secret>\nnext: 1'],
    ['url: http://u:hunter2@h/x', 'url: http://u:<secret>@h/x'],
    ['webhook_configs: [{url: http://h/token}]', 'webhook_configs: [{url: <secret>}]'],
    ['words: [&pw hunter2, open]\nauthorization: {credentials: *pw}', 'words: [<secret>, open]\nauthorization: {credentials: *pw}'],
    ['words: [&pw hunter2]\nother: *pw', 'words: [&pw hunter2]\nother: *pw'],
    ['common: &c {x-tenant: hunter2}\nheaders: *c', 'common: &c {x-tenant: <secret>}\nheaders: *c'],
    ['common: &c {x-tenant: hunter2}\nheaders: {<<: *c}', 'common: &c {x-tenant: <secret>}\nheaders: {<<: *c}'],
    ['hooks: &h [{url: http://h/token}]\nwebhook_configs: *h', 'hooks: &h [{url: <secret>}]\nwebhook_configs: *h'],
    ['a: &a [hunter2]\nb: &b [*a, *a]\npassword: [*b, *b]', 'a: &a [<secret>]\nb: &b [*a, *a]\npassword: [*b, *b]'],
    ['common: &c {x-tenant: open}\nother: *c', 'common: &c {x-tenant: open}\nother: *c'],
    ['password: &pw hunter2\nbearer_token: *pw', 'password: <secret>\nbearer_token: *pw'],
  ])('%j', (text, redacted) => {
    expect(redactYaml(text).replace('&pw <secret>', '<secret>')).toBe(redacted);
  });
});

describe('what is no URL', () => {
  it.each([
    ['http://u:hunter2@h:port/x', 'http://<secret>@h:port/x'],
    ['http://u:hun/ter2@h', 'http://<secret>@h'],
    ['u:hunter2@h:2375', '<secret>@h:2375'],
    ['h:2375', 'h:2375'],
  ])('%s', (text, masked) => {
    expect(maskUserInfo(text)).toBe(masked);
  });

  it('is refused without its password wherever it may have one', () => {
    const text = 'https://u:hunter2@h:port';
    const faults = [
      urlFault(text),
      dockerSection.safeParse({ host: text }).error?.message,
      kubernetesSection.safeParse({ role: 'pod', api_server: text }).error?.message,
      proxyShape.proxy_url.safeParse(text).error?.message,
    ];
    for (const fault of faults) {
      expect(fault).toContain('https://<secret>@h:port');
      expect(fault).not.toContain('hunter2');
    }
  });
});
