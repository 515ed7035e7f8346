const [QUOTE, BACKSLASH, COMMA, OPEN_ARRAY, CLOSE_ARRAY, OPEN_OBJECT, CLOSE_OBJECT] = [...'"\\,[]{}'].map((char) => char.charCodeAt(0));
const END = Buffer.from(']}');

/**
 * Cuts `{"resultType":…,"result":[…]}` after `limit` series without parsing them. Undefined when there are not more than `limit`, or
 * when the result is one value and no list of series.
 */
export function truncateResult(dataJson: Uint8Array, limit: number): Buffer | undefined {
  const bytes = Buffer.from(dataJson.buffer, dataJson.byteOffset, dataJson.byteLength);
  const type = /^\{"resultType":"(\w+)"/.exec(bytes.toString('latin1', 0, 40))?.[1];
  if (type !== 'vector' && type !== 'matrix') return undefined;
  let depth = 0;
  let series = 1;
  let isInString = false;
  // Depth 1 is the outer object, 2 the list: its commas part the series.
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (isInString) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) isInString = false;
    } else if (byte === QUOTE) isInString = true;
    else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth++;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth--;
    else if (byte === COMMA && depth === 2 && series++ === limit) return Buffer.concat([bytes.subarray(0, i), END]);
  }
  return undefined;
}
