// Asks every case of every server in turns.
import { askAtOnce, compare, countPoints, digest } from './ask.mjs';
import { median } from './statistics.mjs';

const WATCH_EVERY_MS = 100;

/** Servers in another order each round, so that none is always asked after the same one. */
const rotated = (servers, round) => servers.map((_, i) => servers[(i + round) % servers.length]);

/** Keeps the most memory that each server had while this runs. */
function watchMemory(servers) {
  const most = new Map(servers.map((server) => [server.program.id, { residentMb: 0, anonymousMb: 0 }]));
  const look = () => {
    for (const server of servers) {
      const [kept, now] = [most.get(server.program.id), server.usage()];
      for (const key of Object.keys(kept)) kept[key] = Math.max(kept[key], now[key]);
    }
  };
  const timer = setInterval(look, WATCH_EVERY_MS);
  return () => {
    clearInterval(timer);
    look();
    return most;
  };
}

/** What each server did in one case. A server that fails is not asked this again. */
function createStore(servers) {
  const stores = new Map(servers.map((server) => [server.program.id, { ms: [], cpuMs: [], digests: new Set(), bodies: [], error: '' }]));
  return {
    of: (id) => stores.get(id),
    async ask(server, asks, { isKept, mayCache = false }) {
      const store = stores.get(server.program.id);
      if (store.error) return;
      try {
        const { ms, cpuMs, bodies } = await askAtOnce(server, asks, mayCache);
        store.bodies = bodies;
        if (!isKept) return;
        store.ms.push(ms);
        store.cpuMs.push(cpuMs);
        store.digests.add(digest(bodies));
      } catch (error) {
        store.error = error.message;
      }
    },
  };
}

function rowOf(part, id, title, goal, servers, store) {
  const row = { part, id, title, unit: 'ms', goal, values: {}, cpu: {}, samples: {}, differences: {}, errors: {} };
  const reference = store.of('prometheus');
  for (const { program } of servers) {
    const { ms, cpuMs, bodies, digests, error } = store.of(program.id);
    if (error) {
      row.errors[program.id] = error;
      continue;
    }
    row.values[program.id] = median(ms);
    row.cpu[program.id] = cpuMs.reduce((sum, value) => sum + value, 0) / cpuMs.length;
    row.samples[program.id] = ms;
    if (reference && !reference.error && program.id !== 'prometheus') row.differences[program.id] = compare(reference.bodies, bodies);
    if (program.id === 'alidade') Object.assign(row, { digest: digest(bodies), answers: digests.size, points: countPoints(bodies) });
  }
  return row;
}

/** Case by case, round by round, server by server; nothing may come from a result cache. One round before is not counted. */
async function askFirstTime(servers, cases, runs, progress) {
  const stores = cases.map(() => createStore(servers));
  for (let round = 0; round <= runs; round++) {
    for (const [i, { id, asks }] of cases.entries()) {
      progress(`asking, round ${round} of ${runs}: ${id}`);
      for (const server of rotated(servers, round)) await stores[i].ask(server, asks, { isKept: round > 0 });
    }
  }
  return stores;
}

const moved = (asks, steps) => asks.map((ask) => ({ ...ask, start: ask.start + steps * ask.step, end: ask.end + steps * ask.step }));

/** As an open dashboard asks: each time one step later than before. Those that keep no results do the same work as the first time. */
async function askRefreshed(servers, { id, asks }, runs, progress) {
  const caching = servers.filter(({ program }) => program.hasResultCache);
  const store = createStore(servers);
  for (let round = 0; round <= runs; round++) {
    progress(`asking again one step later, round ${round} of ${runs}: ${id}`);
    const options = { isKept: round > 0, mayCache: true };
    for (const server of rotated(caching, round)) await store.ask(server, moved(asks, round - runs), options);
  }
  return store;
}

async function askAgain(servers, { id, asks }, runs, progress) {
  const caching = servers.filter(({ program }) => program.hasResultCache);
  const store = createStore(servers);
  for (let round = 1; round <= runs; round++) {
    progress(`asking the same again, round ${round} of ${runs}: ${id}`);
    for (const server of rotated(caching, round)) await store.ask(server, asks, { isKept: true, mayCache: true });
  }
  return store;
}

/** Lends a server without a result cache its first-time figures. */
function withFirstTimes(servers, store, firstTime) {
  const of = (id) => (servers.find(({ program }) => program.id === id)?.program.hasResultCache ? store : firstTime).of(id);
  return { of };
}

/** Rows for every case, and for memory under queries. */
export async function measureQueries(servers, cases, runs, progress) {
  const stopWatching = watchMemory(servers);
  const stores = await askFirstTime(servers, cases, runs, progress);
  const rows = [];
  for (const [i, spec] of cases.entries()) {
    rows.push(rowOf(spec.part, spec.id, spec.title, spec.goal, servers, stores[i]));
    if (!spec.isRefreshed) continue;
    const later = withFirstTimes(servers, await askRefreshed(servers, spec, runs, progress), stores[i]);
    const refreshed = rowOf(spec.part, `${spec.id}.refreshed`, `${spec.title}, refreshed`, spec.refreshedGoal, servers, later);
    const again = withFirstTimes(servers, await askAgain(servers, spec, runs, progress), stores[i]);
    rows.push(refreshed, rowOf(spec.part, `${spec.id}.again`, `${spec.title}, the same again`, undefined, servers, again));
  }
  return [...rows, ...memoryRows(servers, stopWatching())];
}

function memoryRows(servers, most) {
  const row = (id, title, key) => ({
    part: 'queries',
    id,
    title,
    unit: 'MB',
    values: Object.fromEntries(servers.map(({ program }) => [program.id, most.get(program.id)[key]])),
  });
  return [
    row('memory.queries.resident', 'most resident memory under queries', 'residentMb'),
    row('memory.queries.anonymous', 'most anonymous memory under queries', 'anonymousMb'),
  ];
}
