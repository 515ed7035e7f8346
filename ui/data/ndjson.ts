/** A line longer than this many characters is refused: no answer may fill the page's memory. */
const LONGEST_LINE = 64 * 1024 * 1024;

/** Reads newline-delimited JSON as it arrives and yields one value a line; throws when a line is not JSON. */
export async function* readNdjson(body: ReadableStream<Uint8Array>): AsyncGenerator<unknown, void, undefined> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  let rest = '';
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const lines = rest.split('\n');
      rest = done ? '' : (lines.pop() ?? '');
      for (const line of lines) {
        if (line.trim() !== '') yield JSON.parse(line);
      }
      if (done) return;
      if (rest.length > LONGEST_LINE) throw new Error(`A line of the answer is longer than ${LONGEST_LINE} characters`);
    }
  } finally {
    await reader.cancel().catch(() => undefined); // the stream has ended or failed already
    reader.releaseLock();
  }
}
