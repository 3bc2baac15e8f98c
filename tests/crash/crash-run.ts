import { join } from 'node:path';
import { Expectations } from './expectations.ts';
import { SeededRandom } from './seeded-random.ts';
import { ServerProcess, type Account } from './server-process.ts';
import { UploadClient } from './upload-client.ts';
import { keptFolder, runLoad, type Ledger } from './upload-load.ts';
import { findRemains, judge } from './verdict.ts';

/** How long a load goes on at most before the crash. */
const maxLoadMs = 1200;
/** About how long a start takes, in which a crash may come as well. */
const startMs = 900;
const shareOfStarts = 0.1;

export type CrashSite = {
  dataFolder: string;
  account: Account;
  environment: Record<string, string>;
  /** Takes the server away, and with it whatever else is lost in this kind of crash; resolves when all is back. */
  strike: (server: ServerProcess) => Promise<void>;
};

export type Tally = {
  crashes: number;
  duringStart: number;
  kept: number;
  wholeUnanswered: number;
  absent: number;
};

/**
 * Uploads, crashes, starts again and looks, over and over on the same data folder. The seed of a cycle decides what is
 * uploaded and when the crash comes; only the machine's own timing is not in it.
 */
export class CrashRun {
  readonly #site: CrashSite;
  readonly #seed: number;
  readonly ledger: Ledger = {
    expectations: new Expectations(),
    unfinished: new Set(),
    acknowledged: { put: 0, bulk: 0, tus: 0, resumed: 0, folder: 0 },
    problems: [],
  };
  readonly tally: Tally = { crashes: 0, duringStart: 0, kept: 0, wholeUnanswered: 0, absent: 0 };
  #server: ServerProcess | undefined;

  constructor(site: CrashSite, seed: number) {
    this.#site = site;
    this.#seed = seed;
  }

  /** Answers what is wrong after the crash: nothing, if all is well. */
  async cycle(number: number): Promise<string[]> {
    const { strike, environment, account } = this.#site;
    const random = new SeededRandom(this.#seed + number);
    const server = this.#server ?? (await ServerProcess.start(environment));
    this.#server = undefined;
    const client = new UploadClient({ origin: server.origin, account });
    await this.#tidy(client);

    const load = runLoad(client, this.ledger, random.fork(), number);
    await new Promise((resolve) => setTimeout(resolve, random.whole(1, maxLoadMs)));
    await strike(server);
    await load;
    this.tally.crashes += 1;

    if (random.next() < shareOfStarts) {
      const interrupted = ServerProcess.begin(environment);
      await new Promise((resolve) => setTimeout(resolve, random.whole(1, startMs)));
      await strike(interrupted);
      this.tally.crashes += 1;
      this.tally.duringStart += 1;
    }
    this.#server = await ServerProcess.start(environment);
    return this.#look();
  }

  async end(): Promise<void> {
    await this.#server?.stop();
  }

  async #look(): Promise<string[]> {
    const { dataFolder, account } = this.#site;
    const home = join(dataFolder, 'storage', account.name);
    // First the remains: nothing has asked for an upload since the start.
    const remains = await findRemains(dataFolder, [home]);
    const verdict = await judge(home, this.ledger.expectations);
    this.tally.kept += verdict.kept;
    this.tally.wholeUnanswered += verdict.wholeUnanswered;
    this.tally.absent += verdict.absent;
    return [...this.ledger.problems.splice(0), ...verdict.problems, ...remains];
  }

  /** Removes what earlier cycles have added, so that each has the same to look at. */
  async #tidy(client: UploadClient): Promise<void> {
    const { expectations, unfinished } = this.ledger;
    await client.makeFolder(keptFolder);
    expectations.folderAcknowledged(keptFolder);
    const awaited = new Set([...unfinished].map(({ path }) => path));
    for (const path of expectations.removable(keptFolder, awaited)) {
      await client.remove(path);
      expectations.removed(path);
    }
  }
}
