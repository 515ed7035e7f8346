import { describe, expect, it } from 'vitest';
import { InstrumentError } from './errors.ts';
import { parsePushEndpoint } from './push-endpoint.ts';

const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` });

describe('the address of a push endpoint', () => {
  it.each([
    ['http://h:1', 'http://h:1/v1/x', {}],
    ['http://h/base/', 'http://h/base/v1/x', {}],
    ['http://h/v1/x?tenant=a', 'http://h/v1/x?tenant=a', {}],
    ['http://user:p%40ss@h', 'http://h/v1/x', basic('user:p@ss')],
    ['http://:token@h', 'http://h/v1/x', basic(':token')],
  ])('%s', (address, url, authorization) => {
    expect(parsePushEndpoint('the endpoint', address, '/v1/x')).toEqual({ url, authorization });
  });

  it.each([
    ['localhost:9090', 'the endpoint is "localhost:9090", expected an address'],
    ['http://user:50%@h', 'the endpoint has a user or password with a lone %'],
  ])('is refused: %s', (address, message) => {
    const parse = () => parsePushEndpoint('the endpoint', address, '/v1/x');
    expect(parse).toThrow(InstrumentError);
    expect(parse).toThrow(message);
    expect(parse).not.toThrow('50%@');
  });
});
