import { createSubscriber } from 'svelte/reactivity';

const everyMs = 30_000;

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, everyMs);
  return () => clearInterval(timer);
});

/** The time for words like "today": wherever it is read, what was written with it is written anew now and then. */
export const clock = {
  get now(): Date {
    subscribe();
    // eslint-disable-next-line svelte/prefer-svelte-reactivity -- a moment does not change
    return new Date();
  },
};
