import type { PointRefusal } from '../errors.ts';

/** Thrown where the way of a point into the store ends. */
export class PointRefused extends Error {
  readonly reason: PointRefusal;

  constructor(reason: PointRefusal, message: string) {
    super(message);
    this.reason = reason;
  }
}
