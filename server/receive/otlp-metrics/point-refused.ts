import type { PointRefusal } from '../errors.ts';

/** Why the way of a point into the store ends. No error that is thrown: a request may have a million of them. */
export class PointRefused {
  readonly reason: PointRefusal;
  readonly message: () => string;

  constructor(reason: PointRefusal, message: () => string) {
    this.reason = reason;
    this.message = message;
  }
}
