// Ends with 0 when the address answers 2xx within four seconds: `node healthcheck.mjs http://127.0.0.1:9090/-/ready`. Images need no curl then.
const [, , url = ''] = process.argv;
try {
  const { ok } = await fetch(url, { signal: AbortSignal.timeout(4_000) });
  process.exitCode = ok ? 0 : 1;
} catch {
  process.exitCode = 1;
}
