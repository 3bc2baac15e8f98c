import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import SqliteDatabase from 'better-sqlite3';
import { reservedName } from '../../server/contract/path.ts';
import { sha256Of } from './content.ts';
import type { Expectations } from './expectations.ts';

export type Verdict = {
  /** Files whose last acknowledged version is there. */
  kept: number;
  /** Files that were replaced, or added, by a request whose answer was lost: wholly. */
  wholeUnanswered: number;
  /** Files that were sent, unanswered, and are not there. */
  absent: number;
  problems: string[];
};

/** Holds what lies in a home against what the sender was told, and brings the expectations up to it. */
export async function judge(home: string, expectations: Expectations): Promise<Verdict> {
  const verdict: Verdict = { kept: 0, wholeUnanswered: 0, absent: 0, problems: [] };
  const { files, folders } = await readTree(home);
  for (const path of files) {
    const expected = expectations.at(path);
    const sha256 = sha256Of(await readFile(join(home, path)));
    if (expected?.acknowledged === sha256) verdict.kept += 1;
    else if (expected?.unanswered.has(sha256)) {
      verdict.wholeUnanswered += 1;
      expectations.found(path, sha256);
    } else {
      verdict.problems.push(
        `"${path}" holds ${expected ? 'neither its old nor a new version' : 'what was never sent whole'}`,
      );
    }
  }
  for (const [path, { acknowledged }] of expectations.files) {
    if (files.has(path)) continue;
    if (acknowledged === undefined) verdict.absent += 1;
    else verdict.problems.push(`"${path}" was acknowledged and is gone`);
  }
  for (const path of expectations.folders) {
    if (!folders.has(path)) verdict.problems.push(`the folder "${path}" was acknowledged and is gone`);
  }
  expectations.forgetUnanswered();
  return verdict;
}

/** Files and folders below a folder, without what Drey keeps there for itself. */
async function readTree(top: string): Promise<{ files: Set<string>; folders: Set<string> }> {
  const tree = { files: new Set<string>(), folders: new Set<string>() };
  const waiting = [''];
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const child of await readdir(join(top, folder), { withFileTypes: true })) {
      const path = folder === '' ? child.name : `${folder}/${child.name}`;
      if (path === reservedName) continue;
      if (child.isDirectory()) waiting.push(path);
      (child.isDirectory() ? tree.folders : tree.files).add(path);
    }
  }
  return tree;
}

/** What no upload owns any more, after the clean-up of a start; and whether the database is sound. */
export async function findRemains(dataFolder: string, roots: readonly string[]): Promise<string[]> {
  const remains: string[] = [];
  const database = new SqliteDatabase(join(dataFolder, 'drey.db'), { readonly: true });
  try {
    const soundness = database.pragma('integrity_check', { simple: true });
    if (soundness !== 'ok') remains.push(`the database is damaged: ${String(soundness)}`);
    const pending = database.prepare('SELECT from_path FROM pending_changes').pluck().all();
    remains.push(...pending.map((path) => `the change of "${String(path)}" is left open`));

    const owned = new Set(
      database
        .prepare('SELECT staging_path FROM uploads WHERE finished_at IS NULL')
        .pluck()
        .all() as string[],
    );
    for (const folder of [
      join(dataFolder, 'staging'),
      ...roots.map((root) => join(root, reservedName, 'staging')),
    ]) {
      for (const name of await childrenOf(folder)) {
        const path = join(folder, name);
        if (!owned.delete(path)) remains.push(`"${path}" belongs to no upload`);
      }
    }
    remains.push(...[...owned].map((path) => `an upload waits for "${path}", which is gone`));
  } finally {
    database.close();
  }
  for (const root of roots) {
    for (const part of ['temporary', 'trash']) {
      const folder = join(root, reservedName, part);
      for (const name of await childrenOf(folder)) remains.push(`"${join(folder, name)}" was left over`);
    }
  }
  return remains;
}

async function childrenOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
