import { browser } from '$app/environment';
import { isOneOf, Persisted } from './persisted.svelte.ts';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const choice = new Persisted<Theme>('theme', 'system', isOneOf(...themes));

/** Light, dark, or what the system says. `app.html` applies the stored choice before the first paint. */
export const theme = {
  get current(): Theme {
    return choice.current;
  },
  set current(value: Theme) {
    choice.current = value;
    if (!browser) return;
    if (value === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = value;
  },
};
