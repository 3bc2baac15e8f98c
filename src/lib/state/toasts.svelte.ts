export type Toast = {
  id: number;
  message: string;
  action?: { label: string; run: () => void };
  tone: 'good' | 'bad' | 'plain';
};

const plainMs = 5000;
const actionMs = 10_000;
const maxShown = 3;

/** The news at the bottom of the window. Each goes by itself, later when there is something to do; none while looked at. */
class Toasts {
  shown = $state.raw<Toast[]>([]);
  #nextId = 1;
  #held = false;
  #timers = new Map<number, ReturnType<typeof setTimeout>>();

  show({ tone = 'plain', ...news }: Omit<Toast, 'id' | 'tone'> & { tone?: Toast['tone'] }): number {
    const toast = { ...news, tone, id: this.#nextId++ };
    this.shown = [...this.shown, toast].slice(-maxShown);
    if (!this.#held) this.#expire(toast);
    return toast.id;
  }

  dismiss(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    this.shown = this.shown.filter((toast) => toast.id !== id);
    if (this.shown.length === 0) this.#held = false;
  }

  act(toast: Toast): void {
    this.dismiss(toast.id);
    toast.action?.run();
  }

  hold(): void {
    this.#held = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  release(): void {
    this.#held = false;
    this.shown.forEach((toast) => this.#expire(toast));
  }

  #expire(toast: Toast): void {
    const timer = setTimeout(() => this.dismiss(toast.id), toast.action ? actionMs : plainMs);
    this.#timers.set(toast.id, timer);
  }
}

export const toasts = new Toasts();
