import type { HttpResponse } from '../http-client/http-client.ts';
import { messageOf } from '../model/app-error.ts';
import { discoveryError } from './errors.ts';

const SHOWN = 200;

/** The JSON of an answer with status 200. Throws AppError `discovery.bad_answer` that names `what` was asked. */
export function readJsonAnswer({ status, body }: HttpResponse, what: string): unknown {
  const text = new TextDecoder().decode(body);
  if (status !== 200) {
    const reason = messageIn(text);
    throw discoveryError('discovery.bad_answer', `server returned HTTP status ${status} for ${what}${reason === '' ? '' : `: ${reason}`}`);
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw discoveryError('discovery.bad_answer', `the answer for ${what} is not valid JSON: ${messageOf(cause)}`, cause);
  }
}

/** What a refusal says in words: `message` of its JSON (Docker, Kubernetes), or the beginning of its text. */
export function messageIn(text: string): string {
  let said = text;
  try {
    const message = (JSON.parse(text) as { message?: unknown } | null)?.message;
    if (typeof message === 'string') said = message;
  } catch {
    // Not JSON: the text itself is what was said.
  }
  const line = said.trim().replace(/\s+/g, ' ');
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}
