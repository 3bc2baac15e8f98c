/**
 * Does what a hostile file could make slow, away from the page: whoever asks ends it when it takes too long. What is
 * needed for a question is fetched with the question.
 */
import type { WorkerQuestion, WorkerReply } from './preview-questions.ts';

async function answer(question: WorkerQuestion): Promise<unknown> {
  if (question.kind === 'render') return (await import('./block-rendering.ts')).renderBlocks(question.blocks);
  if (question.kind === 'csv') return (await import('./csv-reading.ts')).readCsv(question);
  return (await import('./parquet-reading.ts')).readParquet(question);
}

self.addEventListener('message', ({ data }: MessageEvent<WorkerQuestion>) => {
  answer(data).then(
    (value) => self.postMessage({ value } satisfies WorkerReply),
    (error: unknown) => self.postMessage({ problem: String(error) } satisfies WorkerReply),
  );
});
