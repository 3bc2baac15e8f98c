export {};

declare global {
  namespace App {
    interface Error {
      message: string;
      /** The contract's error code, where the error came from the server. */
      code?: string;
    }
    interface PageState {
      /** The entry that gets the focus when the folder is shown, such as the one that was left by going up. */
      focusedName?: string;
    }
  }
}
