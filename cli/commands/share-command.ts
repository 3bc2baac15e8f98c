import { addExamples, type DefineCommand } from '../command-context.ts';
import { defineGrant } from './grant-action.ts';

export const define: DefineCommand = (command, context) => {
  defineGrant(command, context);
  addExamples(command, [
    ['drey share storage:cifar-10 alice manage', 'alice may do everything there, and share it on'],
    ['drey share storage:cifar-10 public read', 'everyone who is signed in may read'],
  ]);
};
