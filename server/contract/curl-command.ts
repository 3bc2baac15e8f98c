/** Where something under a link is, and whether a password has to come along. */
type Source = { url: string; hasPassword: boolean };

/** Saves a file under `name`, and goes on where it broke off when it is run again. */
export function curlFile(source: Source, name: string): string {
  // Not `-OJ`: curl refuses to resume (`-C -`) under a name that the server chooses.
  return curl(source, `-C - -o ${quote(name.startsWith('-') ? `./${name}` : name)}`);
}

/** Saves a zip, under the name that the server gives it. */
export function curlZip(source: Source): string {
  return curl(source, '-OJ');
}

/** Prints a text, such as a listing. */
export function curlText(source: Source): string {
  return curl(source, '-s');
}

/** Checks what was saved here against a list of checksums. */
export function curlCheck(source: Source): string {
  return `${curlText(source)} | sha256sum -c`;
}

/** Sends a file. */
export function curlSend(source: Source): string {
  return curl(source, '-F file=@FILE');
}

function curl({ url, hasPassword }: Source, options: string): string {
  return `curl ${hasPassword ? '-u :PASSWORD ' : ''}${options} ${quote(url)}`;
}

/** One word to a shell, whatever is in it. */
function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
