import { uploads } from '../uploads/upload-queue.svelte.ts';

/** Opens the system's own chooser and uploads what was chosen into the folder that was open then. */
export class UploadPicker {
  readonly #targetUri: () => string | undefined;

  constructor(targetUri: () => string | undefined) {
    this.#targetUri = targetUri;
  }

  chooseFiles(): void {
    this.#choose('multiple');
  }

  chooseFolder(): void {
    this.#choose('webkitdirectory');
  }

  #choose(mode: 'multiple' | 'webkitdirectory'): void {
    const target = this.#targetUri();
    if (target === undefined) return;
    const input = document.createElement('input');
    input.type = 'file';
    input.hidden = true;
    input[mode] = true;
    input.addEventListener('change', () => {
      if (input.files) uploads.addFiles(target, input.files);
      input.remove();
    });
    input.addEventListener('cancel', () => input.remove());
    document.body.append(input);
    input.click();
  }
}
