import { InstrumentError } from './errors.ts';

/** Where something is pushed to. */
export interface PushEndpoint {
  /** Without user and password, so it may be shown. */
  readonly url: string;
  /** The user and password of the address as basic auth; empty without. */
  readonly authorization: Readonly<Record<string, string>>;
}

/** Reads an address and puts `path` behind it unless it ends in it. Throws `invalid_option` that names the setting. */
export function parsePushEndpoint(setting: string, address: string, path: string): PushEndpoint {
  if (!URL.canParse(address) || !/^https?:/.test(address)) {
    throw new InstrumentError(
      'invalid_option',
      `${setting} is ${JSON.stringify(address)}, expected an address such as http://127.0.0.1:9090`,
    );
  }
  const url = new URL(address);
  const { username, password } = url;
  url.username = '';
  url.password = '';
  if (!url.pathname.endsWith(path)) url.pathname = `${url.pathname.replace(/\/+$/, '')}${path}`;
  if (username === '' && password === '') return { url: url.href, authorization: {} };
  const credentials = Buffer.from(`${decode(setting, username)}:${decode(setting, password)}`).toString('base64');
  return { url: url.href, authorization: { authorization: `Basic ${credentials}` } };
}

function decode(setting: string, text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new InstrumentError('invalid_option', `${setting} has a user or password with a lone %, which is written %25`, { cause });
  }
}
