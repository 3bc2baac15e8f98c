import { hasCode } from '../../server/contract/app-error.ts';
import { addExamples, type DefineCommand } from '../command-context.ts';
import { readProfile, removeProfile } from '../profile.ts';
import { StorageApi } from '../storage-api.ts';

export const define: DefineCommand = (command, context) => {
  addExamples(command, [['drey logout', 'forget the token; one that login made in the browser ends']]);
  command.action(async () => {
    const profile = await readProfile();
    if (!profile) {
      context.terminal.say('You were not signed in.');
      return;
    }
    const { url, token, tokenId } = profile;
    // The token is forgotten here even when the server cannot be told.
    await removeProfile();
    if (tokenId !== undefined) {
      try {
        await new StorageApi(context.createClient(url, token)).deleteToken(tokenId);
      } catch (error) {
        if (!hasCode(error, 'unauthenticated', 'not_found')) throw error;
      }
    }
    context.terminal.say(`Signed out of ${url}.`);
  });
};
