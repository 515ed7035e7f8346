import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { compressSync } from 'snappy';
import { describe, expect, it } from 'vitest';
import { AppError } from '../../model/app-error.ts';
import { compressSnappy, decompressSnappy } from './snappy.ts';

describe('snappy', () => {
  const refused = async (block: Uint8Array, maxBytes = 1_000_000) => {
    const error = await decompressSnappy(block, maxBytes).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(AppError);
    return `${(error as AppError).code}: ${(error as AppError).message}`;
  };

  it('is undone, and done', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 5_000 }), async (bytes) => {
        expect(Buffer.compare(await decompressSnappy(compressSync(Buffer.from(bytes)), 10_000), bytes)).toBe(0);
        expect(Buffer.compare(await decompressSnappy(await compressSnappy(bytes), 10_000), bytes)).toBe(0);
      }),
    );
    const zeros = Buffer.alloc(900_000);
    expect(Buffer.compare(await decompressSnappy(compressSync(zeros), 1_000_000), zeros)).toBe(0);
  });

  it('is refused when it lies about its length, is cut or is none, before memory is taken for it', async () => {
    expect(await refused(Buffer.alloc(0))).toMatch(/^snappy.corrupt: snappy: corrupt input: 0 bytes/);
    expect(await refused(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f, 0, 1, 2))).toMatch(/^snappy.corrupt: .*4294967295 that/);
    expect(await refused(compressSync(Buffer.alloc(2_000_000)))).toMatch(/^snappy.too_large: .*2000000 bytes/);
    expect(await refused(Uint8Array.of(0xff, 0xff, 0x03, 0, 1))).toBe(
      'snappy.corrupt: snappy: corrupt input: 5 bytes cannot hold the 65535 that they declare',
    );
    expect(await refused(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff))).toMatch(/^snappy.corrupt/);
    const good = compressSync(Buffer.from(`start ${'x'.repeat(500)} end`));
    for (let cut = 0; cut < good.length; cut++) expect(await refused(good.subarray(0, cut))).toMatch(/^snappy.corrupt/);
    for (let i = 0; i < 200; i++) {
      const error = await decompressSnappy(randomBytes(100), 10_000).catch((thrown: unknown) => thrown);
      if (!Buffer.isBuffer(error)) expect(error).toBeInstanceOf(AppError);
    }
  });
});
