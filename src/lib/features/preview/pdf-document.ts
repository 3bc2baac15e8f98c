import { getDocument, GlobalWorkerOptions, type PDFDocumentLoadingTask } from 'pdfjs-dist';
import workerUrl from 'pdfjs-dist/build/pdf.worker.min.mjs?url';

GlobalWorkerOptions.workerSrc = workerUrl;

// What a PDF may name without carrying it: character maps, the two symbol fonts that no system has, decoders of rare
// pictures. Each is fetched from our own origin when a page asks for it.
const resources = import.meta.glob<string>(
  [
    '/node_modules/pdfjs-dist/cmaps/*.bcmap',
    '/node_modules/pdfjs-dist/standard_fonts/Foxit{Symbol,Dingbats}.pfb',
    '/node_modules/pdfjs-dist/wasm/*.wasm',
  ],
  { query: '?url&no-inline', import: 'default', eager: true },
);
const urls = new Map(
  Object.entries(resources).map(([path, url]) => [path.slice(path.lastIndexOf('/') + 1), url]),
);

class ResourceFactory {
  async fetch({ filename }: { filename: string }): Promise<Uint8Array> {
    const url = urls.get(filename);
    const response = url && (await fetch(url));
    if (!response || !response.ok) throw new Error(`There is no ${filename}.`);
    return new Uint8Array(await response.arrayBuffer());
  }
}

/** Opens a PDF by ranges: only the pages that are looked at are fetched. `destroy()` the task when done. */
export function openPdf(url: string): PDFDocumentLoadingTask {
  return getDocument({
    url,
    isEvalSupported: false,
    enableXfa: false,
    disableAutoFetch: true,
    disableStream: true,
    useWorkerFetch: false,
    BinaryDataFactory: ResourceFactory,
  });
}
