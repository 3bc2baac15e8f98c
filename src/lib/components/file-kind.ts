const extensions = {
  image: 'png jpg jpeg gif webp avif svg bmp tif tiff heic ico psd',
  video: 'mp4 mkv webm mov avi m4v mpg mpeg',
  audio: 'mp3 wav flac ogg opus m4a aac aiff',
  archive: 'zip tar gz tgz bz2 xz zst 7z rar whl',
  table: 'csv tsv parquet feather arrow xlsx xls ods jsonl ndjson',
  code: 'py js ts jsx tsx svelte vue go rs c h cc cpp hpp cu java kt rb php sh bash zsh r jl lua sql html css scss json yaml yml toml ini cfg xml dockerfile makefile',
  notebook: 'ipynb',
  model: 'safetensors pt pth ckpt onnx gguf h5 hdf5 tflite pb joblib pkl npy npz meta',
  text: 'txt md rst log pdf doc docx odt rtf tex epub',
} as const;

/** What a file is to the eye, judged by its name alone. */
export type FileKind = keyof typeof extensions | 'other';

const kindByExtension = new Map<string, FileKind>(
  Object.entries(extensions).flatMap(([kind, list]) => list.split(' ').map((ext) => [ext, kind as FileKind])),
);

export function fileKindOf(name: string): FileKind {
  return kindByExtension.get(name.slice(name.lastIndexOf('.') + 1).toLowerCase()) ?? 'other';
}
