import 'svelte/elements';

declare global {
  namespace App {
    interface Error {
      message: string;
      /** The contract's error code, where the error came from the server. */
      code?: string;
    }
    interface PageState {
      /** Where the listing stood when the page was left, so that Back finds it again. */
      listing?: { scrollTop: number; focusedUri: string | undefined };
    }
  }
}
