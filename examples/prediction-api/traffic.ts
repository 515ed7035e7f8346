/**
 * `npm run traffic -w prediction-api`: sends 0.2 valid predictions a second to the service. Settings: TARGET (default
 * http://127.0.0.1:5000), RATE (requests a second). Speaks only when the service begins or ceases to answer.
 */
import { createRandom } from './random.ts';
import { generateTraffic } from './traffic-loop.ts';

function readTraffic(env: NodeJS.ProcessEnv): { target: URL; rate: number } {
  const target = env.TARGET ?? 'http://127.0.0.1:5000';
  if (!URL.canParse(target)) throw new Error(`TARGET is "${target}", expected an address such as http://127.0.0.1:5000`);
  const rate = Number(env.RATE ?? 0.2);
  if (!(rate > 0 && rate <= 1000)) throw new Error(`RATE is "${env.RATE}", expected requests a second, above 0 and up to 1000`);
  return { target: new URL(target), rate };
}

const stop = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort());

try {
  const { target, rate } = readTraffic(process.env);
  await generateTraffic({
    target,
    rate,
    random: createRandom(Date.now()),
    signal: stop.signal,
    onChange: (isAnswering, reason) =>
      console.log(isAnswering ? `traffic: ${target.origin} answers` : `traffic: ${target.origin} does not answer (${reason}), trying on`),
  });
} catch (error) {
  console.error(`traffic: ${(error as Error).message}`);
  process.exitCode = 1;
}
