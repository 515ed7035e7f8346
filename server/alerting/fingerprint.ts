import type { Labels } from '../model/labels.ts';

// The prime of FNV with 64 bits is 2^40 + 0x1b3: a product needs one multiplication for each half, exact in doubles.
const PRIME_LOW = 0x1b3;
const SEPARATOR = 0xff;

/**
 * The identity of a label set in Prometheus and Alertmanager: FNV-1a with 64 bits over name, 0xff, value, 0xff of each label in
 * order, as 16 hexadecimal digits.
 */
export function fingerprint(labels: Labels): string {
  let high = 0xcbf29ce4;
  let low = 0x84222325;
  const add = (byte: number) => {
    low = (low ^ byte) >>> 0;
    const product = low * PRIME_LOW;
    high = (high * PRIME_LOW + Math.floor(product / 2 ** 32) + low * 256) % 2 ** 32;
    low = product % 2 ** 32;
  };
  for (const text of labels.flat) {
    for (const byte of Buffer.from(text)) add(byte);
    add(SEPARATOR);
  }
  return hex(high) + hex(low);
}

function hex(half: number): string {
  return half.toString(16).padStart(8, '0');
}
