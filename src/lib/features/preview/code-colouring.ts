import './code-colours.css';
import { languageOf } from './code-language.ts';
import { askWorker } from './preview-questions.ts';

/** The HTML of a file's code in colours; undefined for what has none. Throws when it takes too long. */
export async function colour(name: string, text: string, signal: AbortSignal): Promise<string | undefined> {
  const language = languageOf(name);
  if (!language) return undefined;
  const [html] = await askWorker({ kind: 'render', blocks: [{ kind: 'code', text, language }] }, signal);
  return html;
}
