import { chooseFiles } from '../uploads/file-chooser.ts';
import { uploads } from '../uploads/upload-queue.svelte.ts';

/** Uploads what is chosen in the system's own chooser into the folder that was open then. */
export class UploadPicker {
  readonly #targetUri: () => string | undefined;

  constructor(targetUri: () => string | undefined) {
    this.#targetUri = targetUri;
  }

  chooseFiles(): void {
    this.#choose('multiple');
  }

  /** On a phone: from its camera and its pictures. */
  choosePictures(): void {
    this.#choose('multiple', 'image/*,video/*');
  }

  chooseFolder(): void {
    this.#choose('folder');
  }

  #choose(mode: 'multiple' | 'folder', accept?: string): void {
    const target = this.#targetUri();
    if (target !== undefined) chooseFiles((files) => uploads.addFiles(target, files), { mode, accept });
  }
}
