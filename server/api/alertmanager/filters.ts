import type { AlertView, GroupView } from '../../alerting/alerting.ts';
import type { Silence, SilenceState } from '../../alerting/silence.ts';
import { parseMatchers } from '../../config/alertmanager-matchers.ts';
import type { FormValues } from '../../http/form-values.ts';
import { messageOf } from '../../model/app-error.ts';
import { compareText } from '../../model/labels.ts';
import { compileAnchored, compileMatcher } from '../../model/matcher.ts';
import { apiError } from './errors.ts';

/** The alerts that the parameters of a request ask for: filter, receiver, active, silenced, inhibited. */
export interface AlertFilter {
  accepts(view: AlertView): boolean;
  acceptsReceiver(receiver: string): boolean;
}

/** Reads the parameters of GET /api/v2/alerts and /alerts/groups. Throws `alertmanager.bad_request`. */
export function readAlertFilter(values: FormValues): AlertFilter {
  const hasLabels = readLabelFilter(values);
  const hasReceiver = values.get('receiver') !== '';
  const receiver = readReceiver(values.get('receiver'));
  const [active, silenced, inhibited] = ['active', 'silenced', 'inhibited'].map((name) => isOn(values, name));
  return {
    acceptsReceiver: receiver,
    accepts({ alert, state, silencedBy, inhibitedBy, receivers }) {
      if (state === 'resolved') return false;
      if (!active && state === 'active') return false;
      if (!silenced && silencedBy.length > 0) return false;
      if (!inhibited && inhibitedBy.length > 0) return false;
      // Without a configuration there are no receivers, but alerts all the same.
      if (hasReceiver && !receivers.some(receiver)) return false;
      return hasLabels((name) => alert.labels.get(name));
    },
  };
}

/** A test by `filter` parameters, each of which is one or more matchers. Throws `alertmanager.bad_request`. */
export function readLabelFilter(values: FormValues): (labelOf: (name: string) => string) => boolean {
  const tests = values.getAll('filter').flatMap((text) => {
    try {
      return parseMatchers(text).map((matcher) => ({ name: matcher.name, test: compileMatcher(matcher) }));
    } catch (error) {
      throw apiError('alertmanager.bad_request', messageOf(error));
    }
  });
  return (labelOf) => tests.every(({ name, test }) => test(labelOf(name)));
}

function readReceiver(expression: string): (receiver: string) => boolean {
  if (expression === '') return () => true;
  try {
    const pattern = compileAnchored(expression);
    return (receiver) => pattern.matches(receiver);
  } catch (error) {
    throw apiError('alertmanager.bad_request', `failed to parse receiver param: ${messageOf(error)}`);
  }
}

const TRUE_WORDS = new Set(['true', '1', 'yes', 'ok', 'y', 'on', 'selected', 'checked', 't', 'enabled']);

function isOn(values: FormValues, name: string): boolean {
  return !values.has(name) || TRUE_WORDS.has(values.get(name).toLowerCase());
}

/** Alertmanager's order of groups: fewer labels first, then by labels, then by receiver. */
export function compareGroups(a: GroupView, b: GroupView): number {
  const [left, right] = [a, b].map(({ labels }) => Object.entries(labels).sort(([x], [y]) => compareText(x, y))) as [Pairs, Pairs];
  if (left.length !== right.length) return left.length - right.length;
  for (const [i, [name, value]] of left.entries()) {
    const [otherName, otherValue] = right[i] as [string, string];
    const order = compareText(name, otherName) || compareText(value, otherValue);
    if (order !== 0) return order;
  }
  return compareText(a.receiver, b.receiver);
}

type Pairs = [string, string][];
const STATES: readonly SilenceState[] = ['active', 'pending', 'expired'];

/** Alertmanager's order of silences: active by end, pending by start, expired by end, the latest first. */
export function compareSilences(a: readonly [Silence, SilenceState], b: readonly [Silence, SilenceState]): number {
  const [[left, leftState], [right, rightState]] = [a, b];
  if (leftState !== rightState) return STATES.indexOf(leftState) - STATES.indexOf(rightState);
  if (leftState === 'pending') return left.startsAtMs - right.startsAtMs;
  return leftState === 'active' ? left.endsAtMs - right.endsAtMs : right.endsAtMs - left.endsAtMs;
}
