import { addExamples, type DefineCommand } from '../command-context.ts';
import { defineLinkCreate } from './link-create.ts';
import { defineLinkDrops } from './link-drops.ts';
import { defineLinkEdit } from './link-edit.ts';
import { defineLinkList } from './link-list.ts';
import { defineLinkPublish } from './link-publish.ts';
import { defineLinkRenew, defineLinkRestore, defineLinkRevoke, defineLinkShow } from './link-by-name.ts';

export const define: DefineCommand = (command, context) => {
  addExamples(command, [
    ['drey link create --expires 7d storage:results.zip', 'for somebody without an account'],
    ['drey link ls', 'what is out there'],
  ]);
  defineLinkCreate(command.command('create'), context);
  defineLinkList(command.command('ls').alias('list'), context);
  defineLinkShow(command.command('show'), context);
  defineLinkEdit(command.command('edit'), context);
  defineLinkPublish(command.command('publish'), context);
  defineLinkDrops(command.command('drops'), context);
  defineLinkRevoke(command.command('revoke'), context);
  defineLinkRestore(command.command('restore'), context);
  defineLinkRenew(command.command('renew'), context);
};
