import type { DigestAnswer, Digested, DigestRequest, HashState } from './digest-worker.ts';
import type { ManifestEntry, PackedLoad } from './load-packer.ts';
import { changedOnDisk } from './local-file.ts';

type Waiting = { resolve: (answer: DigestAnswer) => void; reject: (reason: unknown) => void };
/** A request without the number that is given to it here. */
type Job = Omit<DigestRequest, 'id'>;

/** Reads and hashes files beside the page, in a worker that is loaded with the first of them. */
class Digester {
  #worker: Worker | undefined;
  #waiting = new Map<number, Waiting>();
  #lastId = 0;

  /** Of these bytes, or of all from where `after` began. Rejects with a `Refusal` when they cannot be read. */
  async digest(blob: Blob, after?: HashState): Promise<Digested> {
    const answer = await this.#ask({ blob, after });
    if ('sha256' in answer) return answer;
    throw changedOnDisk;
  }

  /** Small files as one request, each with its digest. Rejects with a `Refusal` when one cannot be read. */
  async pack(files: readonly File[], entries: readonly ManifestEntry[]): Promise<PackedLoad> {
    // Read as one, as every file read by itself costs a conversation between two processes.
    const answer = await this.#ask({ blob: new Blob([...files]), entries });
    if ('packed' in answer) return answer.packed;
    throw changedOnDisk;
  }

  #ask(job: Job): Promise<DigestAnswer> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      (this.#worker ??= this.#start()).postMessage({ id, ...job } satisfies DigestRequest);
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL('./digest-worker.ts', import.meta.url), { type: 'module' });
    worker.addEventListener('message', ({ data }: MessageEvent<DigestAnswer>) => {
      this.#waiting.get(data.id)?.resolve(data);
      this.#waiting.delete(data.id);
    });
    // It could not be loaded, as when the server was away: the next question starts another.
    worker.addEventListener('error', () => {
      worker.terminate();
      this.#worker = undefined;
      for (const { reject } of this.#waiting.values())
        reject({ code: 'unavailable', message: 'The page could not read your files. Try again.' });
      this.#waiting.clear();
    });
    return worker;
  }
}

export const digester = new Digester();
