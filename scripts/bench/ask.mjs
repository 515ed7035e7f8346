// Asks the query API and times the answers; compares answers.
import { createHash } from 'node:crypto';
import { Agent, get } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc');

function urlOf(server, { expr, time, start, end, step }, mayCache) {
  const form = time === undefined ? { query: expr, start, end, step } : { query: expr, time };
  const path = time === undefined ? '/api/v1/query_range' : '/api/v1/query';
  return `${server.url}${path}?${new URLSearchParams({ ...form, ...(mayCache ? {} : { nocache: 1 }) })}`;
}

/** A server that was paused for long may close a connection that it kept just when it is used again: then a new one is. */
function fetchBody(url) {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const body = Buffer.concat(chunks);
        if (response.statusCode === 200) resolve(body);
        else reject(new Error(`status ${response.statusCode}: ${body.toString().slice(0, 300)}`));
      });
    });
    request.on('error', (error) => (request.reusedSocket && error.code === 'ECONNRESET' ? resolve(fetchBody(url)) : reject(error)));
  });
}

/**
 * Sends all asks at once; milliseconds until the last answer was there, the server's processor ms meanwhile, and the bodies. What looking at the
 * answers before has left in this process is collected first, not while the server needs the processors.
 */
export async function askAtOnce(server, asks, mayCache = false) {
  const urls = asks.map((ask) => urlOf(server, ask, mayCache));
  collectGarbage();
  const before = server.usage().cpuSeconds;
  const startedAt = performance.now();
  const answers = await Promise.allSettled(urls.map(fetchBody));
  const ms = performance.now() - startedAt;
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (failed)
    throw new Error(
      `${server.program.name}, ${asks
        .map(({ expr }) => expr)
        .join('; ')
        .slice(0, 200)}: ${failed.reason.message}`,
    );
  return { ms, cpuMs: (server.usage().cpuSeconds - before) * 1000, bodies: answers.map((answer) => answer.value) };
}

/** Series of one answer by their labels, each a map of the values by time. */
function parse(body) {
  const series = new Map();
  for (const { metric, values, value } of JSON.parse(body).data.result) {
    const labels = Object.entries(metric)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .flat();
    series.set(JSON.stringify(labels), new Map((values ?? [value]).map(([time, text]) => [time, Number(text)])));
  }
  return series;
}

/** Points in all answers together. */
export function countPoints(bodies) {
  return bodies.reduce((sum, body) => sum + [...parse(body).values()].reduce((points, series) => points + series.size, 0), 0);
}

/** A hash over all answers that does not depend on the order of the series. */
export function digest(bodies) {
  const hash = createHash('sha256');
  for (const body of bodies) {
    const series = [...parse(body)].sort(([a], [b]) => (a < b ? -1 : 1));
    hash.update(JSON.stringify(series.map(([labels, points]) => [labels, [...points].map(([time, value]) => [time, String(value)])])));
  }
  return hash.digest('hex').slice(0, 16);
}

function differenceOf(x, y) {
  if (Object.is(x, y) || x === y || (Number.isNaN(x) && Number.isNaN(y))) return 0;
  const difference = Math.abs(x - y) / Math.max(Math.abs(x), Math.abs(y));
  return Number.isFinite(difference) ? difference : Number.POSITIVE_INFINITY;
}

/** The greatest relative difference between two lists of answers, the points compared, and those that only one side has. */
export function compare(expected, actual) {
  const found = { greatest: 0, points: 0, missing: 0, extra: 0 };
  for (const [i, body] of expected.entries()) compareAnswers(parse(body), parse(actual[i]), found);
  return found;
}

function compareAnswers(expected, actual, found) {
  for (const [labels, points] of expected) {
    const others = actual.get(labels) ?? new Map();
    for (const [time, value] of points) {
      if (!others.has(time)) found.missing++;
      else {
        found.points++;
        found.greatest = Math.max(found.greatest, differenceOf(value, others.get(time)));
      }
    }
    for (const time of others.keys()) if (!points.has(time)) found.extra++;
  }
  for (const [labels, points] of actual) if (!expected.has(labels)) found.extra += points.size;
}
