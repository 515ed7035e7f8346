// How commands reach a running server: its address, and who is asking.
import { Option } from 'commander';
import { tokenHeader } from './archive/options.ts';

/** What stands on the command line. */
export interface ServerAddress {
  readonly url: string;
}

/** `--url`. */
export function urlOption(): Option {
  return new Option('--url <url>', 'address of the server').default('http://127.0.0.1:9090');
}

/** Asks the server, with the token in ALIDADE_TOKEN if it is set; throws an Error that says what to do when there is no answer or a refusal. */
export async function askServer({ url }: ServerAddress, path: string, init: RequestInit = {}): Promise<Response> {
  const base = url.replace(/\/+$/, '');
  let answer: Response;
  try {
    answer = await fetch(base + path, { ...init, headers: { ...tokenHeader(), ...(init.headers as Record<string, string> | undefined) } });
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new Error(`no answer from ${base}: ${cause}. Is the server running? Name another address with --url`, { cause: error });
  }
  if (answer.ok) return answer;
  throw new RefusedError(answer.status, `${base}${path.split('?', 1)[0]} answered ${answer.status}: ${await reasonOf(answer)}`);
}

/** An answer with another status than 2xx. */
export class RefusedError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

async function reasonOf(answer: Response): Promise<string> {
  const text = await answer.text().catch(() => '');
  const hint = answer.status === 401 ? ' (set ALIDADE_TOKEN)' : answer.status === 404 ? ' (is it an Alidade of this version?)' : '';
  try {
    const { error } = JSON.parse(text) as { error?: { message?: string } | string };
    if (error !== undefined) return `${typeof error === 'string' ? error : (error.message ?? '')}${hint}`;
  } catch {
    // Plain text.
  }
  return `${text.slice(0, 300).trim()}${hint}`;
}
