import { describe, expect, it } from 'vitest';
import { cureFor } from './scrape-cure.ts';

describe('cureFor', () => {
  it('names the host to map', () => {
    expect(cureFor('no such host "app"; map it with --resolve app=127.0.0.1')?.code).toBe('--resolve app=127.0.0.1');
    expect(cureFor('Get "http://app:5000/metrics": dial tcp: lookup app on 127.0.0.53:53: no such host')?.code).toBe(
      '--resolve app=127.0.0.1',
    );
  });

  it.each([
    ['connection refused: nobody listens at 127.0.0.1:5000', /Start the service/],
    ['context deadline exceeded: the target did not answer within 10s', /in time/],
    ['server returned HTTP status 404 Not Found', /not on this path/],
    ['server returned HTTP status 401 Unauthorized', /credentials/],
    ['server returned HTTP status 500 Internal Server Error', /Its own log/],
    ['tls: self-signed certificate (name the signing certificate in tls_config.ca_file)', /authority/],
  ])('%s', (error, text) => {
    expect(cureFor(error)?.text).toMatch(text);
  });

  it('invents nothing', () => {
    expect(cureFor('something new')).toBeUndefined();
  });
});
