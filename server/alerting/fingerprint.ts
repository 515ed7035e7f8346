import type { Labels } from '../model/labels.ts';

/**
 * The identity of a label set in Prometheus and Alertmanager: FNV-1a with 64 bits over name, 0xff, value, 0xff of each label in
 * order, as 16 hexadecimal digits.
 */
export function fingerprint(labels: Labels): string {
  let hash = 0xcbf29ce484222325n;
  const add = (byte: number) => {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  };
  for (const text of labels.flat) {
    for (const byte of Buffer.from(text)) add(byte);
    add(0xff);
  }
  return hash.toString(16).padStart(16, '0');
}
