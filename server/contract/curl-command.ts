import { quoteFile, quoteWord } from './shell-word.ts';

/** Where something under a link is, and whether a password has to come along. */
export type Source = { url: string; hasPassword: boolean };

/** Asks for the password once; the other commands take it from there, and no shell's history keeps it. */
export const askPassword = "printf 'Password: '; read -rs PASSWORD; export PASSWORD; echo";

/** Saves a file under `name`, and goes on where it broke off when it is run again. */
export function curlFile(source: Source, name: string): string {
  // Not `-OJ`: curl refuses to resume (`-C -`) under a name that the server chooses.
  return curl(source, `-f -C - -o ${quoteFile(name)}`);
}

/** Saves a zip, under the name that the server gives it. */
export function curlZip(source: Source): string {
  return curl(source, '-f -OJ');
}

/** Saves every file of a list of addresses in its place, and goes on where it broke off when it is run again. */
export function curlTree(source: Source): string {
  const password = source.hasPassword ? '-u ":$PASSWORD" ' : '';
  return `${curlText(source)} | curl ${password}-f -C - --create-dirs -K -`;
}

/** Prints a text, such as a listing. */
export function curlText(source: Source): string {
  return curl(source, '-fsS');
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
  return `curl ${hasPassword ? '-u ":$PASSWORD" ' : ''}${options} ${quoteWord(url)}`;
}
