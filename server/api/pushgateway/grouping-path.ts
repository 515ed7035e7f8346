import { httpError } from '../../http/errors.ts';
import type { PushedLabels } from '../../push/pushed-family.ts';

const LABEL_NAME = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const BASE64 = '@base64';

/**
 * The grouping labels of `/metrics/job/<job>{/<label>/<value>}`, given what follows `/metrics/`. A name ends with `@base64` where its value
 * is in URL-safe base64, `=` being the empty value. Throws `http.bad_request` with the Pushgateway's texts.
 */
export function parseGroupingPath(path: string): PushedLabels {
  const [first = '', job = '', ...rest] = path.split('/').map(decode);
  if (first !== 'job' && first !== `job${BASE64}`) throw badRequest('the path must begin with /metrics/job/ and the name of the job');
  const jobName =
    first === 'job' ? job : fromBase64(job, (problem) => `invalid base64 encoding in job name ${JSON.stringify(job)}: ${problem}`);
  if (jobName === '') throw badRequest('job name is required');
  // A slash at the end of the job says nothing.
  const parts = rest.length === 1 && rest[0] === '' ? [] : rest;
  if (parts.length % 2 !== 0) throw badRequest(`odd number of components in label string ${JSON.stringify(`/${parts.join('/')}`)}`);
  const labels = new Map<string, string>();
  for (let i = 0; i < parts.length; i += 2) {
    const [name = '', text = ''] = [parts[i], parts[i + 1]];
    const isEncoded = name.endsWith(BASE64);
    const label = isEncoded ? name.slice(0, -BASE64.length) : name;
    if (!LABEL_NAME.test(label) || label.startsWith('__')) throw badRequest(`improper label name ${JSON.stringify(label)}`);
    const fault = (problem: string) => `invalid base64 encoding for label ${label}=${JSON.stringify(text)}: ${problem}`;
    labels.set(label, isEncoded ? fromBase64(text, fault) : text);
  }
  // The name of the job stands first, and counts.
  labels.set('job', jobName);
  return [...labels];
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badRequest(`invalid URL escape in ${JSON.stringify(part)}`);
  }
}

function fromBase64(text: string, fault: (problem: string) => string): string {
  const digits = text.replace(/=+$/, '');
  const at = digits.search(/[^A-Za-z0-9_-]/);
  if (at >= 0) throw badRequest(fault(`illegal base64 data at input byte ${at}`));
  const bytes = Buffer.from(digits, 'base64url');
  const decoded = bytes.toString();
  if (!Buffer.from(decoded).equals(bytes)) throw badRequest(fault('its bytes are not UTF-8'));
  return decoded;
}

function badRequest(message: string): Error {
  return httpError('http.bad_request', message);
}
