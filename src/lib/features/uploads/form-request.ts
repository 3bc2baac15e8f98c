/** Status 0: no answer came. */
export type FormAnswer = { status: number; body: string };

/** Posts a form and tells, from 0 to 1, how much of it is on its way; `fetch` cannot. Never rejects. */
export function postForm(
  url: string,
  form: FormData,
  onSent: (share: number) => void,
  signal: AbortSignal,
): Promise<FormAnswer> {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.open('POST', url);
    request.setRequestHeader('accept', 'application/json');
    request.upload.onprogress = ({ loaded, total }) => onSent(total > 0 ? loaded / total : 0);
    request.onloadend = () => {
      signal.removeEventListener('abort', abort);
      resolve({ status: request.status, body: request.responseText });
    };
    signal.addEventListener('abort', abort);
    request.send(form);
  });
}
