/** Whether the person must sign in again here, because leaving the page would lose something. */
class SignIn {
  isNeeded = $state(false);
}
export const signIn = new SignIn();
