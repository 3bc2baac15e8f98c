/** How a file can be shown; each has its own component, which is fetched when it is wanted. */
export type PreviewKind =
  | 'image'
  | 'video'
  | 'audio'
  | 'pdf'
  | 'text'
  | 'markdown'
  | 'table'
  | 'notebook'
  | 'safetensors'
  | 'npy'
  | 'parquet';

const extensions: Record<PreviewKind, string> = {
  image: 'avif bmp gif ico jpeg jpg png svg webp',
  video: 'm4v mov mp4 ogv webm',
  audio: 'aac flac m4a mp3 oga ogg opus wav',
  pdf: 'pdf',
  markdown: 'markdown md',
  table: 'csv tab tsv',
  notebook: 'ipynb',
  safetensors: 'safetensors',
  npy: 'npy',
  parquet: 'parquet pq',
  text:
    'bash bat bib c cc cfg cjs clj cmake conf cpp cs css cu cuh dart diff env erl ex fish go gradle graphql ' +
    'h hcl hpp hs htm html ini java jl js json json5 jsonl jsx kt less list lock log lua m mdx mjs ml mm ' +
    'ndjson nim nix patch php pl pm po properties proto ps1 py pyi r rb rs rst sass scala scss sh sha256 sql srt ' +
    'svelte swift tcl tex tf toml ts tsx txt vtt vue xml yaml yml zig zsh',
};
const textNames =
  'authors changelog changes codeowners containerfile contributing copying dockerfile gemfile jenkinsfile justfile ' +
  'licence license makefile md5sums notice procfile readme sha256sums snakefile vagrantfile';

const kinds = new Map<string, PreviewKind>();
for (const [kind, list] of Object.entries(extensions)) {
  for (const extension of list.split(' ')) kinds.set(extension, kind as PreviewKind);
}
const plainNames = new Set(textNames.split(' '));

/** How a file of this name can be shown without running anything in it; undefined when it can only be downloaded. */
export function previewKind(name: string): PreviewKind | undefined {
  const lower = name.toLowerCase();
  const dot = lower.lastIndexOf('.');
  // `.gitignore` and the like are text; so are a few names that have no dot at all.
  if (dot <= 0) return dot === 0 || plainNames.has(lower) ? 'text' : undefined;
  return kinds.get(lower.slice(dot + 1));
}
