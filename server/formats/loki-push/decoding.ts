import type { PushBody } from './push-body.ts';

/** A body that is being read: it pauses after some thousand lines, so that a large one does not hold up everything else. */
export type Decoding = Generator<undefined, PushBody>;

/** Lines between two pauses: a millisecond or two. */
export const LINES_AT_ONCE = 4_000;

/** Reads to the end without pausing. */
export function decodeAtOnce(decoding: Decoding): PushBody {
  for (;;) {
    const { done, value } = decoding.next();
    if (done) return value;
  }
}

/** Reads to the end, letting other work run at each pause. */
export async function decodeInTurns(decoding: Decoding): Promise<PushBody> {
  for (;;) {
    const { done, value } = decoding.next();
    if (done) return value;
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
