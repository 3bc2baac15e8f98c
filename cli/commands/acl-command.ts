import { addExamples, type DefineCommand } from '../command-context.ts';
import { defineAclExplain } from './acl-explain.ts';
import { defineAclList } from './acl-list.ts';
import { defineAclRevoke } from './acl-revoke.ts';
import { defineGrant } from './grant-action.ts';

export const define: DefineCommand = (command, context) => {
  addExamples(command, [
    ['drey acl grant storage:cifar-10 alice write', 'give access'],
    ['drey acl ls storage:cifar-10', 'who has access'],
    ['drey acl explain storage:cifar-10 alice', 'why'],
  ]);
  const grant = command.command('grant').description('give access; the same as drey share');
  defineGrant(grant, context);
  addExamples(grant, [
    ['drey acl grant storage:cifar-10 alice write', 'alice may read, write and delete there'],
  ]);
  defineAclRevoke(command.command('revoke'), context);
  defineAclList(command.command('ls').alias('list'), context);
  defineAclExplain(command.command('explain'), context);
};
