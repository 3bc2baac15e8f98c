import { explainFailure } from './preview-problem.ts';

/** What a preview has made of its file, anew whenever what `read` looks at before its first wait has changed. */
export class Reading<T> {
  /** Undefined until it is read. */
  found = $state.raw<T>();
  /** Why it cannot be shown. */
  problem = $state('');

  /** To be made while a component is. */
  constructor(
    read: (signal: AbortSignal) => Promise<T>,
    explain: (error: unknown) => string = explainFailure,
  ) {
    $effect(() => {
      const abort = new AbortController();
      this.found = undefined;
      this.problem = '';
      read(abort.signal).then(
        (found) => {
          if (!abort.signal.aborted) this.found = found;
        },
        (error: unknown) => {
          if (!abort.signal.aborted) this.problem = explain(error);
        },
      );
      return () => abort.abort();
    });
  }
}
