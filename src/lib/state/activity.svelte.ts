export type Activity = {
  id: number;
  /** Such as "Deleting". */
  label: string;
  done: number;
  total: number;
  cancel: () => void;
};

/** Work on many entries that takes a while, shown with how far it is. */
class Activities {
  running = $state.raw<readonly Activity[]>([]);
  #nextId = 1;

  /** Calls `work` for every item, `width` at a time. Answers those that were finished before it was cancelled. */
  async each<T>(
    label: string,
    items: readonly T[],
    width: number,
    work: (item: T) => Promise<void>,
  ): Promise<T[]> {
    const id = this.#nextId++;
    const finished: T[] = [];
    let isCancelled = false;
    let next = 0;
    const publish = () => {
      const cancel = () => (isCancelled = true);
      const activity = { id, label, done: finished.length, total: items.length, cancel };
      this.running = [...this.running.filter((other) => other.id !== id), activity];
    };
    // What is quick needs no progress.
    const timer = setInterval(publish, 400);
    const worker = async () => {
      while (next < items.length && !isCancelled) {
        const item = items[next++]!;
        await work(item);
        finished.push(item);
      }
    };
    try {
      await Promise.all(Array.from({ length: Math.min(width, items.length) }, worker));
    } finally {
      clearInterval(timer);
      this.running = this.running.filter((other) => other.id !== id);
    }
    return finished;
  }
}

export const activities = new Activities();
