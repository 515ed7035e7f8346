import { everyWindow, overRange, type VectorFunction } from './function.ts';

export const CHANGES_FUNCTIONS: Readonly<Record<string, VectorFunction>> = {
  changes: overRange(() =>
    everyWindow(1, ({ values }, from, to) => {
      let count = 0;
      for (let i = from + 1; i < to; i++)
        if (values[i] !== values[i - 1] && !(Number.isNaN(values[i]) && Number.isNaN(values[i - 1]))) count++;
      return count;
    }),
  ),
  resets: overRange(() =>
    everyWindow(1, ({ values }, from, to) => {
      let count = 0;
      for (let i = from + 1; i < to; i++) if ((values[i] as number) < (values[i - 1] as number)) count++;
      return count;
    }),
  ),
};
