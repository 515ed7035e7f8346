/** Results of tasks in the order in which they finish, `concurrency` of them running at a time; ends early when `signal` aborts. */
export async function* merged<T>(tasks: readonly (() => Promise<T>)[], concurrency: number, signal: AbortSignal): AsyncGenerator<T> {
  type Finished = { readonly index: number; readonly result: T };
  const running = new Map<number, Promise<Finished>>();
  let next = 0;
  const startMore = () => {
    for (; running.size < concurrency && next < tasks.length; next++) {
      const index = next;
      const task = tasks[index] as () => Promise<T>;
      running.set(
        index,
        task().then((result) => ({ index, result })),
      );
    }
  };
  for (startMore(); running.size > 0; startMore()) {
    const { index, result } = await Promise.race(running.values());
    running.delete(index);
    if (signal.aborted) return;
    yield result;
  }
}
