/** What to say when a file cannot be shown. Our own readers say it in words; what a library or the parser says is not for people. */
export function explainFailure(error: unknown): string {
  const words = error instanceof Error && error.constructor === Error ? error.message : 'It is damaged.';
  return `This file cannot be shown here. ${words}`;
}
