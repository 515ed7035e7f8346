// Asks both sides and says what differs. Where upstream's own answer is a matter of chance (the order of a Go map), asking it again
// shows that: ours must then be one of its answers, or at least the same set of series.
import { type Answer, ask, parseAnswer, type Question, type RawAnswer, type SeriesJson } from './ask.ts';
import { type Comparison, differenceOf } from './compare.ts';

export interface Sides {
  readonly realUrl: string;
  readonly ownUrl: string;
}

/** `alike` by chance: the real one gave our answer when asked again, or changes its mind and ours is the same set. */
export interface Verdict {
  readonly kind: 'alike' | 'alike by chance' | 'different';
  readonly isEmpty: boolean;
  readonly isError: boolean;
  readonly hasAnnotations: boolean;
  readonly hasHistograms: boolean;
  /** The first difference in words, when different. */
  readonly difference?: string | undefined;
}

const ASKED_AGAIN = 10;
/** Upstream answers classic histograms, and groups over info(), in the order of a Go map: asking again would only show it most of the time. */
const ANY_ORDER = /^(?!.*\b(sort|topk|bottomk)).*(\bhistogram_(quantile|fraction)\(|\binfo\()/;

/** Compares the answers to one question; values within `tolerance`, relative. */
export async function judge({ realUrl, ownUrl }: Sides, question: Question, tolerance: number): Promise<Verdict> {
  const [realRaw, ownRaw] = await Promise.all([ask(realUrl, question), ask(ownUrl, question)]);
  const about = aboutAnswer(realRaw);
  // Most answers are the same to the byte; large ones need not be parsed then.
  if (realRaw.text === ownRaw.text && realRaw.httpStatus === ownRaw.httpStatus) return { kind: 'alike', ...about };
  const [real, own] = [parseAnswer(realRaw), parseAnswer(ownRaw)];
  const strict: Comparison = { tolerance, isOrdered: true };
  const difference = differenceOf(real, own, strict);
  if (difference === undefined) return { kind: 'alike', ...about };
  const unordered = { tolerance, isOrdered: false };
  const isOrderOnly = differenceOf(real, own, unordered) === undefined;
  if (isOrderOnly && ANY_ORDER.test(question.expr)) return { kind: 'alike by chance', ...about };
  const again = await askAgain(realUrl, question, own, { strict, first: real, isOrderOnly });
  if (again.some((answer) => differenceOf(answer, own, strict) === undefined)) return { kind: 'alike by chance', ...about };
  const isFickle = again.some((answer) => differenceOf(real, answer, strict) !== undefined);
  if (isFickle && isOneOf([real, ...again], own, question.expr, tolerance)) return { kind: 'alike by chance', ...about };
  if (!isFickle) return { kind: 'different', ...about, difference };
  // Order is chance here; what else differs is what matters.
  return { kind: 'different', ...about, difference: `${differenceOf(real, own, unordered) ?? difference} (the real one wavers)` };
}

function aboutAnswer({ httpStatus, text }: RawAnswer) {
  return {
    isEmpty: text.includes('"result":[]'),
    isError: httpStatus !== 200,
    hasAnnotations: text.includes('"PromQL warning: ') || text.includes('"PromQL info: '),
    hasHistograms: text.includes('"histogram"') || text.includes('"histograms"'),
  };
}

/** Whether our answer is one that upstream could have given, though it was not seen to. */
function isOneOf(answers: readonly Answer[], own: Answer, expr: string, tolerance: number): boolean {
  const unordered: Comparison = { tolerance, isOrdered: false };
  if (answers.some((answer) => differenceOf(answer, own, unordered) === undefined)) return true;
  // Errors name the first pair of series that clashes.
  if (own.error !== undefined) return answers.some((answer) => withoutPair(answer.error) === withoutPair(own.error));
  // The first series of a map, and ties of such an order.
  const isChoice = /\b(limitk|topk|bottomk)\b/.test(expr);
  return isChoice && answers.some((answer) => sizeOf(answer) === sizeOf(own));
}

function withoutPair(error: string | undefined): string | undefined {
  return error?.replace(/ for the match group .*\];/, ';');
}

/** How many samples there are. */
function sizeOf({ data }: Answer): number {
  if (!Array.isArray(data?.result)) return -1;
  const sizes = (data.result as SeriesJson[]).map(({ values, histograms }) => (values?.length ?? 0) + (histograms?.length ?? 0) || 1);
  return sizes.reduce((sum, size) => sum + size, 0);
}

interface Again {
  readonly strict: Comparison;
  /** The answer to be compared with. */
  readonly first: Answer;
  /** Two orders of few series are the same by chance more often. */
  readonly isOrderOnly: boolean;
}

async function askAgain(url: string, question: Question, own: Answer, { strict, first, isOrderOnly }: Again): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let i = 0; i < ASKED_AGAIN; i++) {
    const answer = parseAnswer(await ask(url, question));
    answers.push(answer);
    if (differenceOf(answer, own, strict) === undefined) break;
    // Three times the same: no chance is at work.
    if (i === 2 && !isOrderOnly && answers.every((one) => differenceOf(first, one, { ...strict, tolerance: 0 }) === undefined)) break;
  }
  return answers;
}
