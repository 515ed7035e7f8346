import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EMPTY_FORM, parseTerm, readQuery, type TraceForm, termOf, termText, writeQuery } from './trace-query.ts';

describe('writeQuery', () => {
  it('says what the form says', () => {
    const form: TraceForm = {
      service: 'api',
      operation: 'POST /predict',
      isFailed: true,
      tags: [{ tag: 'span.http.status_code', literal: '500' }],
    };
    const query = '{ resource.service.name = "api" && name = "POST /predict" && status = error && span.http.status_code = 500 }';
    expect(writeQuery(form)).toBe(query);
    expect(readQuery(query)).toEqual(form);
    expect(writeQuery(EMPTY_FORM)).toBe('');
  });

  it('is read back as the same form', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 12 });
    const name = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }).filter((one) => !/[\n\u2028\u2029]/.test(one));
    const literal = fc.oneof(
      text.map((one) => JSON.stringify(one)),
      fc.integer().map(String),
      fc.boolean().map(String),
    );
    const tag = fc
      .record({ scope: fc.constantFrom('span.', 'resource.', '.'), name, literal })
      .filter(({ scope, name: own }) => `${scope}${own}` !== 'resource.service.name' && `${scope}${own}` !== '.service.name')
      .map((one) => ({ tag: `${one.scope}${one.name}`, literal: one.literal }));
    fc.assert(
      fc.property(fc.record({ service: text, operation: text, isFailed: fc.boolean(), tags: fc.array(tag, { maxLength: 4 }) }), (form) => {
        expect(readQuery(writeQuery(form))).toEqual(form);
      }),
    );
  });
});

describe('readQuery', () => {
  it('reads what others write, spaces and all', () => {
    expect(readQuery('{.service.name="api"&&name="x"}')).toEqual({ ...EMPTY_FORM, service: 'api', operation: 'x' });
    expect(readQuery(' {} ')).toEqual(EMPTY_FORM);
    expect(readQuery('')).toEqual(EMPTY_FORM);
  });

  it('steps back from what the form cannot say', () => {
    for (const query of [
      '{ duration > 1s }',
      '{ name =~ "x.*" }',
      '{ status = ok }',
      '{ name = "a" || name = "b" }',
      '{ name = "a" } && { name = "b" }',
      '{ name = "a" } | count() > 1',
      '{ .a != 1 }',
      '{ name = "a" && }',
      '{ name = ',
      'name',
      '{ kind = server }',
      '{ .a = 1ms }',
    ]) {
      expect(readQuery(query), query).toBeUndefined();
    }
  });
});

describe('terms', () => {
  it('are typed as people type them', () => {
    expect(parseTerm('http.route=/predict')).toEqual({ tag: '.http.route', literal: '"/predict"' });
    expect(parseTerm('span.http.status_code = 500')).toEqual({ tag: 'span.http.status_code', literal: '500' });
    expect(parseTerm('user="500"')).toEqual({ tag: '.user', literal: '"500"' });
    expect(parseTerm('cache.hit=true')).toEqual({ tag: '.cache.hit', literal: 'true' });
    expect(parseTerm('a=b=c')).toEqual({ tag: '.a', literal: '"b=c"' });
    expect(parseTerm('name')).toBeUndefined();
    expect(parseTerm('=x')).toBeUndefined();
    expect(parseTerm('x=')).toBeUndefined();
  });

  it('are shown as they can be typed again', () => {
    expect(termText({ tag: '.user', literal: '"500"' })).toBe('user = "500"');
    expect(termText({ tag: 'span.user', literal: '"ann"' })).toBe('span.user = ann');
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), (value) => {
        const term = { tag: '.a', literal: JSON.stringify(value) };
        expect(parseTerm(termText(term))).toEqual(term);
      }),
    );
  });

  it('are made of attributes that can be compared', () => {
    expect(termOf('span', 'n', 2)?.literal).toBe('2');
    expect(termOf('resource', 'a b', 'x')).toEqual({ tag: 'resource.a b', literal: '"x"' });
    expect(termOf('span', 'n', 1e300)).toBeUndefined();
    expect(termOf('span', 'n', [1])).toBeUndefined();
  });
});
