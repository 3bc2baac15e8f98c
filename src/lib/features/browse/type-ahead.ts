const pauseMs = 900;

/** Letters typed in quick succession, as the beginning of a name. */
export class TypeAhead {
  #typed = '';
  #last = -Infinity;

  /** Whether a space typed now belongs to a name that is being typed. */
  isTyping(now: number): boolean {
    return this.#typed !== '' && now - this.#last < pauseMs;
  }

  /** Adds a letter and answers the index of the next name that fits, going round, or -1. */
  next(
    letter: string,
    names: { length: number; at: (index: number) => string },
    from: number,
    now: number,
  ): number {
    this.#typed = this.isTyping(now) ? this.#typed + letter : letter;
    this.#last = now;
    const typed = this.#typed.toLowerCase();
    // The same letter again and again walks through the names that begin with it.
    const isRepeated = typed.length > 1 && [...typed].every((char) => char === typed[0]);
    const wanted = isRepeated ? typed[0]! : typed;
    const start = Math.max(0, wanted.length === 1 ? from + 1 : from);
    for (let step = 0; step < names.length; step++) {
      const index = (start + step) % names.length;
      if (names.at(index).slice(0, wanted.length).toLowerCase() === wanted) return index;
    }
    return -1;
  }
}
