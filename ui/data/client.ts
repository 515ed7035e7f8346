// Every request of the UI goes through here: one error type, one place that knows both envelopes.

/** What the server answered, or why it could not be reached. `status` 0 = no answer. */
export class ApiError extends Error {
  readonly code: string;
  readonly status: number;

  constructor(code: string, message: string, status: number) {
    super(message);
    this.name = 'ApiError';
    this.code = code;
    this.status = status;
  }
}

/** fetch that throws ApiError for every answer that is not 2xx and for a server that is not there. */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError('unreachable', 'Alidade does not answer. Is it still running?', 0);
  }
  if (response.ok) return response;
  if (response.status === 401) showLoginPage();
  throw await errorOf(response);
}

const ASKED_AT = 'alidade.login-asked';
const ASK_AGAIN_MS = 10_000;

/** The session has ended: asked for anew, this page is answered with the login page. Not again and again, whatever stands between. */
function showLoginPage(): void {
  try {
    if (Date.now() - Number(sessionStorage.getItem(ASKED_AT) ?? 0) < ASK_AGAIN_MS) return;
    sessionStorage.setItem(ASKED_AT, String(Date.now()));
  } catch {
    return; // storage is forbidden in this browser: the error says that credentials are missing
  }
  location.reload();
}

/** Ends the session, and shows the login page. */
export async function logOut(): Promise<void> {
  await fetch('/logout', { method: 'POST', redirect: 'manual' });
  location.assign('/login');
}

/** Reads both error forms: ours { error: { code, message } } and Prometheus' { errorType, error }. */
async function errorOf(response: Response): Promise<ApiError> {
  const text = await response.text();
  const fallback = new ApiError('http', text.slice(0, 500) || `${response.status} ${response.statusText}`, response.status);
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return fallback; // not JSON: a proxy or a plain-text answer
  }
  const { error, errorType } = (body ?? {}) as { error?: unknown; errorType?: unknown };
  if (typeof error === 'string') return new ApiError(typeof errorType === 'string' ? errorType : 'http', error, response.status);
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return typeof message === 'string' ? new ApiError(typeof code === 'string' ? code : 'http', message, response.status) : fallback;
}

/** GET of our own API. */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await request(path, signal ? { signal } : {});
  return (await response.json()) as T;
}

/** `data` of Prometheus' envelope; parameters go in the URL, absent ones are left out. */
export async function getPrometheus<T>(
  path: string,
  parameters: Readonly<Record<string, string | number | readonly string[] | undefined>> = {},
  signal?: AbortSignal,
): Promise<T> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    for (const one of Array.isArray(value) ? value : [value]) search.append(name, String(one));
  }
  const query = search.toString();
  const { data } = await getJson<{ readonly data: T }>(query === '' ? path : `${path}?${query}`, signal);
  return data;
}

/** The words to show for anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
