// Acceptance tests as timelines: what happens at which second, and what receivers must be told between which seconds. Everything
// that they are told has to be wanted.
import type { AlertmanagerConfig } from '../../config/alertmanager.ts';
import type { Alert } from '../../model/alert.ts';
import { FakeClock } from '../../model/fake-clock.ts';
import { Labels } from '../../model/labels.ts';
import { MemoryStateStore } from '../../storage/memory/state.ts';
import type { StateStore } from '../../storage/store.ts';
import { type Alerting, createAlerting } from '../alerting.ts';
import type { NotifyResult } from '../notify/notifier.ts';

const START_MS = 1_700_000_000_000;

/** An alert by its labels, `alertname=A instance=1`; it is resolved at `endsAt` seconds. */
export interface AlertSpec {
  readonly labels: string;
  readonly startsAt?: number;
  readonly endsAt?: number;
}

/** A window of seconds, both ends included. */
export interface Window {
  readonly from: number;
  readonly to: number;
}
export const between = (from: number, to: number): Window => ({ from, to });

interface Told {
  readonly second: number;
  readonly receiver: string;
  /** `labels state`, in the order of the notification. */
  readonly alerts: readonly string[];
}

interface Bench {
  readonly alerting: Alerting;
  readonly clock: FakeClock;
  /** Stops and starts again over the same state. */
  restart(): Promise<void>;
}

/** What a receiver answers; by default it is told. */
export type Answer = (receiver: string, second: number) => NotifyResult;

export function timeline(config: AlertmanagerConfig, answer: Answer = () => ({ isSent: true })) {
  const actions: { readonly second: number; readonly run: (bench: Bench) => unknown }[] = [];
  const wanted: { readonly window: Window; readonly receiver: string; readonly alerts: readonly string[] }[] = [];
  return {
    at(second: number) {
      const add = (run: (bench: Bench) => unknown) => void actions.push({ second, run });
      return {
        push: (...specs: AlertSpec[]) => add(({ alerting }) => alerting.push(specs.map((spec) => toAlert(spec, second)))),
        apply: (next: AlertmanagerConfig) => add(({ alerting }) => alerting.apply(next)),
        restart: () => add(({ restart }) => restart()),
        do: (run: (alerting: Alerting) => unknown) => add(({ alerting }) => run(alerting)),
      };
    },
    want(window: Window, receiver: string, ...alerts: string[]) {
      wanted.push({ window, receiver, alerts });
    },
    /** Plays it until `untilSecond`; gives what was wanted and did not come, and what came and was not wanted. */
    async run(untilSecond: number): Promise<string[]> {
      const told = await play(config, answer, actions, untilSecond);
      const problems: string[] = [];
      for (const { window, receiver, alerts } of wanted) {
        const index = told.findIndex(
          (t) => t.receiver === receiver && t.second >= window.from && t.second <= window.to && t.alerts.join() === alerts.join(),
        );
        if (index < 0) problems.push(`missing: ${receiver} between ${window.from} and ${window.to}: ${alerts.join(', ')}`);
        else told.splice(index, 1);
      }
      return [...problems, ...told.map((t) => `unwanted: ${t.receiver} at ${t.second}: ${t.alerts.join(', ')}`)];
    },
  };
}

function toAlert({ labels, startsAt, endsAt }: AlertSpec, second: number): Alert {
  const nowMs = START_MS + second * 1000;
  return {
    labels: Labels.fromEntries(labels.split(' ').map((pair) => pair.split('=') as [string, string])),
    annotations: Labels.EMPTY,
    startsAtMs: startsAt === undefined ? nowMs : START_MS + startsAt * 1000,
    endsAtMs: endsAt === undefined ? nowMs + 240_000 : START_MS + endsAt * 1000,
    updatedAtMs: nowMs,
    generatorUrl: '',
  };
}

async function play(
  config: AlertmanagerConfig,
  answer: Answer,
  actions: readonly { readonly second: number; readonly run: (bench: Bench) => unknown }[],
  untilSecond: number,
): Promise<Told[]> {
  const clock = new FakeClock(START_MS);
  const state = new MemoryStateStore();
  const told: Told[] = [];
  const start = async () => {
    const alerting = listening(clock, state, answer, told);
    await alerting.apply(config);
    return alerting;
  };
  let current = await start();
  const bench = (): Bench => ({
    alerting: current,
    clock,
    async restart() {
      await current.stop();
      current = await start();
    },
  });
  for (const { second, run } of [...actions].sort((a, b) => a.second - b.second)) {
    await clock.advance(START_MS + second * 1000 - clock.nowMs());
    await run(bench());
  }
  await clock.advance(START_MS + untilSecond * 1000 - clock.nowMs());
  await current.stop();
  return told;
}

function listening(clock: FakeClock, state: StateStore, answer: Answer, told: Told[]): Alerting {
  return createAlerting({
    clock,
    state,
    externalUrl: 'http://localhost:9090',
    resolve: {},
    createNotifier: (entry) => ({
      sendsResolved: entry.sendResolved,
      async notify({ receiver, alerts }) {
        const second = (clock.nowMs() - START_MS) / 1000;
        const result = answer(receiver, second);
        const texts = alerts.map(
          ({ alert, isResolved }) => `${[...alert.labels].map((pair) => pair.join('=')).join(' ')} ${isResolved ? 'resolved' : 'firing'}`,
        );
        if (result.isSent) told.push({ second, receiver, alerts: texts });
        return result;
      },
      close: async () => undefined,
    }),
  });
}
