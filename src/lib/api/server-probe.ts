/** Alone, as every page has it at hand: what is to tell that the server is away cannot be loaded from it then. */
export const serverAway = 'The server does not answer. Check the connection and try again.';

/** Whether the server answers at all. */
export const isServerThere = () =>
  fetch('/api/v1/sign-in').then(
    () => true,
    () => false,
  );
