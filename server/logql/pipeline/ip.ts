// `ip("…")`: addresses of both families as integers, and the search for them in text.
import { isIP, isIPv4 } from 'node:net';
import { meaningError } from '../errors.ts';

interface IpRange {
  readonly version: 4 | 6;
  readonly first: bigint;
  readonly last: bigint;
}

/** A test whether a text holds an address within `pattern`: `10.0.0.1`, `10.0.0.1-10.0.0.9`, `10.0.0.0/8`, or the same of IPv6. Throws AppError `logql.parse`. */
export function compileIpSearch(pattern: string): (text: string) => boolean {
  const range = parseRange(pattern.trim());
  if (!range) throw meaningError(`ip: invalid pattern ${JSON.stringify(pattern)} (write an address, a range a-b or a CIDR)`);
  const search = range.version === 4 ? V4 : V6;
  return (text) => {
    for (const [candidate] of text.matchAll(search)) {
      const address = addressOf(candidate, range.version);
      if (address !== undefined && address >= range.first && address <= range.last) return true;
    }
    return false;
  };
}

const V4 = /(?<![0-9.])\d{1,3}(?:\.\d{1,3}){3}(?![0-9])/g;
const V6 = /(?<![0-9a-fA-F:.])[0-9a-fA-F:]*:[0-9a-fA-F:.]*/g;

function addressOf(text: string, version: 4 | 6): bigint | undefined {
  // A sentence may go on behind the address.
  const trimmed = version === 6 ? text.replace(/\.+$/, '') : text;
  if (isIP(trimmed) === version) return toInteger(trimmed);
  const shorter = trimmed.replace(/:$/, '');
  return shorter !== trimmed && isIP(shorter) === version ? toInteger(shorter) : undefined;
}

function parseRange(pattern: string): IpRange | undefined {
  const cidr = /^([^/]+)\/(\d{1,3})$/.exec(pattern);
  if (cidr) return parseCidr(cidr[1] as string, Number(cidr[2]));
  const [from, to = from, ...more] = pattern.split('-').map((part) => part.trim());
  const version = isIP(from as string);
  if (more.length > 0 || version === 0 || isIP(to as string) !== version) return undefined;
  const [first, last] = [toInteger(from as string), toInteger(to as string)];
  return first <= last ? { version: version as 4 | 6, first, last } : undefined;
}

function parseCidr(address: string, bits: number): IpRange | undefined {
  const version = isIP(address);
  const size = version === 4 ? 32 : 128;
  if (version === 0 || bits > size) return undefined;
  const free = BigInt(size - bits);
  const first = (toInteger(address) >> free) << free;
  return { version: version as 4 | 6, first, last: first + (1n << free) - 1n };
}

function toInteger(address: string): bigint {
  if (isIPv4(address)) return address.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  const plain = address.replace(/%.*$/, '').replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => {
    const pair = (x: string, y: string) => (Number(x) * 256 + Number(y)).toString(16);
    return `${pair(a, b)}:${pair(c, d)}`;
  });
  const [head = '', tail] = plain.split('::');
  const groups = (text: string) => (text === '' ? [] : text.split(':'));
  const front = groups(head);
  const back = tail === undefined ? [] : groups(tail);
  const zeros = tail === undefined ? [] : new Array<string>(8 - front.length - back.length).fill('0');
  return [...front, ...zeros, ...back].reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
}
