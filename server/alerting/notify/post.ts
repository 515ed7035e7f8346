import { readFile } from 'node:fs/promises';
import type { HttpClient, HttpResponse } from '../../http-client/http-client.ts';
import { messageOf } from '../../model/app-error.ts';
import type { Secret } from '../../model/secret.ts';
import type { NotifyResult } from './notifier.ts';

/** Where a message goes: the address itself is a secret, in the configuration or in a file that is read at each use. */
export interface PostTarget {
  readonly url: Secret;
  readonly urlFile?: string | undefined;
  readonly timeoutMs: number;
}

const MAX_ANSWER_BYTES = 64 * 1024;
const SHOWN_CHARACTERS = 500;

/** Posts JSON. Statuses 5xx and 429 and failed connections can be tried again, others cannot; `check` looks at 2xx answers. */
export async function postJson(
  http: HttpClient,
  target: PostTarget,
  body: string,
  signal: AbortSignal,
  check: (answer: HttpResponse) => NotifyResult = () => ({ isSent: true }),
): Promise<NotifyResult> {
  let url = '';
  const headers = { 'content-type': 'application/json', 'user-agent': 'Alidade' };
  try {
    url = await addressOf(target);
    const answer = await http.request(url, {
      method: 'POST',
      headers,
      body,
      signal,
      maxBytes: MAX_ANSWER_BYTES,
      timeoutMs: target.timeoutMs,
    });
    if (answer.status >= 200 && answer.status < 300) return check(answer);
    const canRetry = answer.status >= 500 || answer.status === 429;
    return { isSent: false, canRetry, reason: redact(`unexpected status code ${answer.status}: ${excerpt(answer.body)}`, url) };
  } catch (error) {
    return { isSent: false, canRetry: true, reason: redact(messageOf(error), url) };
  }
}

async function addressOf({ url, urlFile }: PostTarget): Promise<string> {
  return urlFile === undefined ? url.reveal() : (await readFile(urlFile, 'utf8')).trim();
}

/** The beginning of an answer, for error texts. */
export function excerpt(body: Uint8Array): string {
  const text = Buffer.from(body).toString().trim();
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

/** The address holds the token of the receiver: only its origin may be shown. */
function redact(text: string, url: string): string {
  if (url === '') return text;
  const path = url.replace(/^https?:\/\/[^/]*/, '');
  const hidden = text.replaceAll(url, '<secret>');
  return path.length > 1 ? hidden.replaceAll(path, '/<secret>') : hidden;
}
