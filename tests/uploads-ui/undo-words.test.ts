import { expect, test } from 'vitest';
import { undoWords, type UndoOutcome } from '../../src/lib/features/uploads/undo-words.ts';

function outcomes(...list: UndoOutcome['outcome'][]): UndoOutcome[] {
  return list.map((outcome, index) => ({ uri: `storage://home/bob/${index}`, kind: 'file', outcome }));
}

test.each([
  [outcomes('removed', 'removed'), 'Took back 2 files.', true],
  [outcomes('removed', 'restored'), 'Took back 1 file and put back 1 replaced file.', true],
  [outcomes('restored'), 'Put back 1 replaced file.', true],
  [outcomes('removed', 'changed'), 'Took back 1 file. 1 file was changed since and stays.', false],
  [outcomes('changed', 'changed'), 'Nothing was taken back. 2 files were changed since and stay.', false],
  [outcomes('removed', 'failed'), 'Took back 1 file. 1 file could not be taken back.', false],
  [outcomes('gone'), 'Nothing was taken back.', true],
])('of %j it is said: %s', (list, message, isWhole) => {
  expect(undoWords(list)).toEqual({ message, isWhole });
});
