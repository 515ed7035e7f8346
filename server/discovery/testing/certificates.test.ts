import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

// A clock that is wrong by a day, or a certificate made a minute ago, must fail no test.
it.each(['api-server.crt', '../../http-client/testdata/server.crt'])('%s is valid long before and after now', (path) => {
  const { validFrom, validTo } = new X509Certificate(readFileSync(new URL(path, import.meta.url)));
  expect(Date.parse(validFrom)).toBeLessThan(Date.parse('2021-01-01'));
  expect(Date.parse(validTo)).toBeGreaterThan(Date.parse('2100-01-01'));
});
