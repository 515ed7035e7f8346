import type { NotificationRecord } from '@alidade/sdk/schema';

const DEFAULT_SIZE = 1000;

/** A delivery whose record can still change, while it is tried again. */
export interface Delivery {
  update(record: NotificationRecord): void;
}

/** The last deliveries; the oldest go when it is full. */
export class History {
  readonly #size: number;
  readonly #boxes: { record: NotificationRecord }[] = [];

  constructor(size = DEFAULT_SIZE) {
    this.#size = size;
  }

  begin(): Delivery {
    let box: { record: NotificationRecord } | undefined;
    return {
      update: (record) => {
        if (box) box.record = record;
        else {
          box = { record };
          this.#boxes.push(box);
          if (this.#boxes.length > this.#size) this.#boxes.shift();
        }
      },
    };
  }

  /** Newest first. */
  list(): readonly NotificationRecord[] {
    return this.#boxes.map(({ record }) => record).reverse();
  }
}
