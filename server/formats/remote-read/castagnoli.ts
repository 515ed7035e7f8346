// CRC-32C. Four tables: table k holds what a byte contributes when k bytes follow it.

const POLYNOMIAL = 0x82f63b78;
const TABLES: readonly Uint32Array[] = makeTables();

/** The CRC-32 of Castagnoli's polynomial, which Prometheus' frames carry. */
export function crc32c(bytes: Uint8Array): number {
  const [table0, table1, table2, table3] = TABLES as readonly [Uint32Array, Uint32Array, Uint32Array, Uint32Array];
  let crc = 0xffffffff;
  let i = 0;
  for (const end = bytes.length - 3; i < end; i += 4) {
    crc ^= (bytes[i] as number) | ((bytes[i + 1] as number) << 8) | ((bytes[i + 2] as number) << 16) | ((bytes[i + 3] as number) << 24);
    crc =
      (table3[crc & 255] as number) ^
      (table2[(crc >>> 8) & 255] as number) ^
      (table1[(crc >>> 16) & 255] as number) ^
      (table0[crc >>> 24] as number);
  }
  for (; i < bytes.length; i++) crc = (crc >>> 8) ^ (table0[(crc ^ (bytes[i] as number)) & 255] as number);
  return (crc ^ 0xffffffff) >>> 0;
}

function makeTables(): Uint32Array[] {
  const first = Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
    return crc;
  });
  const tables = [first];
  for (let k = 1; k < 4; k++) tables.push((tables[k - 1] as Uint32Array).map((crc) => (crc >>> 8) ^ (first[crc & 255] as number)));
  return tables;
}
