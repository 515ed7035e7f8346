import { compress, compressSync, uncompress, uncompressSync } from 'snappy';
import { messageOf } from '../../model/app-error.ts';
import { snappyError } from './errors.ts';

// A copy of 64 bytes takes 3: no block grows more. The rest is for the length at its beginning.
const MOST_GROWTH = 22;
const MAX_LENGTH_BYTES = 5;
/**
 * Copied into memory of V8's own: memory from elsewhere makes it look for garbage in the whole heap every few megabytes, which costs ten
 * times the copy.
 */
const INTO_BUFFER = { asBuffer: true, copyOutputData: true };
/**
 * So much takes about ten milliseconds on the main thread. Other threads are for what is larger still: the library's allocator keeps what each
 * of them gave back, 100 MB and more after some hundred blocks of a megabyte, and they need eight times the processor, for fresh memory.
 */
const MAX_BYTES_HERE = 8 * 1024 * 1024;

/**
 * The contents of a block of snappy (not its framed format), decompressed outside the main thread when it is very large. What the block says about its
 * size is checked before anything is allocated. Throws AppError `snappy.corrupt`, `snappy.too_large` over `maxBytes`.
 */
export async function decompressSnappy(block: Uint8Array, maxBytes: number): Promise<Buffer> {
  const length = declaredLength(block);
  if (length > block.length * MOST_GROWTH)
    throw snappyError('snappy.corrupt', `snappy: corrupt input: ${block.length} bytes cannot hold the ${length} that they declare`);
  if (length > maxBytes)
    throw snappyError('snappy.too_large', `snappy: the block declares ${length} bytes; a request may have ${maxBytes}`);
  try {
    const input = Buffer.from(block.buffer, block.byteOffset, block.length);
    return (length <= MAX_BYTES_HERE ? uncompressSync(input, INTO_BUFFER) : await uncompress(input, INTO_BUFFER)) as Buffer;
  } catch (error) {
    throw snappyError('snappy.corrupt', messageOf(error), error);
  }
}

/**
 * A block of snappy with these contents, which may be changed as soon as this returns. It is compressed outside the main thread
 * when it is very large.
 */
export async function compressSnappy(content: Uint8Array): Promise<Buffer> {
  if (content.length > MAX_BYTES_HERE) return await compress(Buffer.from(content), INTO_BUFFER);
  return compressSync(Buffer.from(content.buffer, content.byteOffset, content.length), INTO_BUFFER);
}

function declaredLength(block: Uint8Array): number {
  let length = 0;
  for (let i = 0; i < MAX_LENGTH_BYTES; i++) {
    const byte = block[i];
    if (byte === undefined) break;
    length += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return length;
  }
  throw snappyError('snappy.corrupt', `snappy: corrupt input: ${block.length} bytes do not begin with the length of a block`);
}
