/** What a cell gave when it was run. HTML and scripts among it are not shown: each output says it in another way too. */
export type Output =
  | { kind: 'text'; text: string; isError: boolean }
  | { kind: 'image'; src: string }
  | { kind: 'nothing'; type: string };
export type Cell = { kind: 'markdown' | 'code' | 'raw'; text: string; number?: number; outputs: Output[] };
export type Notebook = { language: string; cells: Cell[]; cellCount: number };

export const maxNotebookBytes = 12e6;
const maxCells = 300;
const maxOutputs = 50;
const maxTextLength = 20_000;

type Json = Record<string, unknown>;
const isJson = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listOf = (value: unknown): Json[] => (Array.isArray(value) ? value.filter(isJson) : []);
/** Texts are stored whole or as a list of lines. */
const textOf = (value: unknown): string =>
  typeof value === 'string'
    ? value
    : Array.isArray(value)
      ? value.filter((line) => typeof line === 'string').join('')
      : '';

/** Reads a Jupyter notebook, of whatever version. Throws for what is none. */
export function readNotebook(text: string): Notebook {
  const notebook: unknown = JSON.parse(text);
  if (!isJson(notebook)) throw new Error('It is no notebook.');
  const [sheet] = listOf(notebook.worksheets);
  const found = notebook.cells ?? sheet?.cells;
  if (!Array.isArray(found)) throw new Error('It has no cells.');
  const { language_info: language, kernelspec: kernel } = isJson(notebook.metadata) ? notebook.metadata : {};
  const name = (isJson(language) && language.name) || (isJson(kernel) && kernel.language);
  const cells = listOf(found);
  return {
    language: typeof name === 'string' ? name.toLowerCase() : 'python',
    cells: cells.slice(0, maxCells).map(readCell),
    cellCount: cells.length,
  };
}

function readCell(cell: Json): Cell {
  const kind = cell.cell_type === 'markdown' || cell.cell_type === 'code' ? cell.cell_type : 'raw';
  const number = cell.execution_count ?? cell.prompt_number;
  const outputs = kind === 'code' ? listOf(cell.outputs).slice(0, maxOutputs).map(readOutput) : [];
  return {
    kind: cell.cell_type === 'heading' ? 'markdown' : kind,
    text: textOf(cell.source ?? cell.input).slice(0, 10 * maxTextLength),
    ...(typeof number === 'number' && { number }),
    outputs: outputs.filter((output) => output.kind !== 'text' || output.text !== ''),
  };
}

function readOutput(output: Json): Output {
  if (output.output_type === 'error' || output.output_type === 'pyerr') {
    const trace = Array.isArray(output.traceback)
      ? output.traceback.filter((line) => typeof line === 'string').join('\n')
      : `${textOf(output.ename)}: ${textOf(output.evalue)}`;
    return { kind: 'text', text: plain(trace), isError: true };
  }
  if (output.output_type === 'stream')
    return { kind: 'text', text: plain(textOf(output.text)), isError: output.name === 'stderr' };
  // Before version 4 the kinds of data lie beside each other in the output itself.
  const data = isJson(output.data)
    ? output.data
    : { 'image/png': output.png, 'image/jpeg': output.jpeg, 'text/plain': output.text };
  for (const type of ['image/png', 'image/jpeg', 'image/gif', 'image/webp']) {
    const base64 = textOf(data[type]).replace(/\s/g, '');
    if (base64 && /^[A-Za-z0-9+/]+=*$/.test(base64))
      return { kind: 'image', src: `data:${type};base64,${base64}` };
  }
  // As a picture an SVG runs no script and fetches nothing.
  const svg = textOf(data['image/svg+xml']);
  if (svg) return { kind: 'image', src: `data:image/svg+xml,${encodeURIComponent(svg)}` };
  const words = textOf(data['text/plain']) || textOf(data['text/html']);
  if (words) return { kind: 'text', text: plain(words), isError: false };
  return { kind: 'nothing', type: Object.keys(data)[0] ?? 'unknown' };
}

/** Without the colours that a terminal would show. */
function plain(text: string): string {
  const bare = text.replace(/\u001b\[[\d;]*[A-Za-z]/g, '');
  return bare.length > maxTextLength ? `${bare.slice(0, maxTextLength)}\n…` : bare;
}
