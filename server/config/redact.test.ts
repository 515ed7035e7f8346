import { describe, expect, it } from 'vitest';
import { redactYaml } from './redact.ts';

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
