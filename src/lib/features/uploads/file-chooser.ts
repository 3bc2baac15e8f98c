/** Opens the system's own chooser; calls back when something was chosen. */
export function chooseFiles(
  onChosen: (files: FileList) => void,
  { mode, accept = '' }: { mode: 'one' | 'multiple' | 'folder'; accept?: string },
): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.hidden = true;
  input.multiple = mode === 'multiple';
  input.accept = accept;
  input.webkitdirectory = mode === 'folder';
  input.addEventListener('change', () => {
    if (input.files) onChosen(input.files);
    input.remove();
  });
  input.addEventListener('cancel', () => input.remove());
  document.body.append(input);
  input.click();
}
