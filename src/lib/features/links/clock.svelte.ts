import { createSubscriber } from 'svelte/reactivity';

const everyMs = 20_000;

/** The time, moving on while something on the page shows it, so that "in 5 minutes" does not go stale. */
class Clock {
  #subscribe = createSubscriber((update) => {
    const timer = setInterval(update, everyMs);
    return () => clearInterval(timer);
  });

  get now(): Date {
    this.#subscribe();
    return new Date();
  }
}

export const clock = new Clock();
