/** A piece of a document, to become HTML in which nothing is left that was HTML before. */
export type Block = { kind: 'markdown' | 'code'; text: string; language?: string | undefined };

/** Rows as they are shown: texts, cut where they are long. */
export type Table = {
  columns: string[];
  rows: string[][];
  /** How many there are in all; of columns, those that are left out are the last ones. */
  columnCount: number;
};

export type ParquetColumn = { name: string; type: string; isNullable: boolean };
export type ParquetFacts = {
  rowCount: number;
  rowGroups: number;
  createdBy: string | undefined;
  columns: ParquetColumn[];
  head: Table;
  /** Why there are no rows in `head` although the file has some. */
  problem?: string;
};

type Questions = {
  render: { ask: { blocks: Block[] }; answer: (string | undefined)[] };
  csv: { ask: { text: string; isWhole: boolean; delimiter?: string }; answer: Table };
  parquet: { ask: { src: string; size: number }; answer: ParquetFacts };
};
export type WorkerQuestion = { [K in keyof Questions]: { kind: K } & Questions[K]['ask'] }[keyof Questions];
export type WorkerReply = { value: unknown } | { problem: string };

/**
 * Has a worker of its own answer a question, and throws when that fails, takes more than `seconds`, or is aborted.
 */
export function askWorker<K extends keyof Questions>(
  question: { kind: K } & Questions[K]['ask'],
  signal: AbortSignal,
  seconds = 5,
): Promise<Questions[K]['answer']> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./preview-worker.ts', import.meta.url), { type: 'module' });
    const timer = setTimeout(() => end(new Error('It takes too long.')), seconds * 1000);
    const abort = () => end(signal.reason);
    function end(error?: unknown) {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      worker.terminate();
      if (error !== undefined) reject(error);
    }
    signal.addEventListener('abort', abort);
    worker.onerror = (event) => end(new Error(event.message || 'It could not be read.'));
    worker.onmessage = ({ data }: MessageEvent<WorkerReply>) => {
      if ('problem' in data) return end(new Error(data.problem));
      end();
      resolve(data.value as Questions[K]['answer']);
    };
    if (signal.aborted) abort();
    else worker.postMessage(question);
  });
}
