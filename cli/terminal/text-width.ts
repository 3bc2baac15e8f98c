const zeroWidth = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const wide =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}])$/u;

function widthOfCharacter(character: string): number {
  if (character >= ' ' && character <= '~') return 1;
  if (zeroWidth.test(character)) return 0;
  return wide.test(character) ? 2 : 1;
}

const plainAscii = /^[ -~]*$/;

/** How many columns a terminal gives to a text that holds no control characters (UAX #11). */
export function textWidth(text: string): number {
  if (plainAscii.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOfCharacter(character);
  return width;
}

/** Cuts in the middle, where names differ least, so that the text takes at most `width` columns. */
export function fitText(text: string, width: number): string {
  if (textWidth(text) <= width) return text;
  if (width < 2) return '…'.slice(0, width);
  const characters = [...text];
  const tail: string[] = [];
  let left = width - 1;
  for (const tailColumns = Math.floor(left / 2); tail.length < tailColumns && characters.length > 0;) {
    const last = characters.pop() as string;
    if (left - widthOfCharacter(last) < 0) break;
    left -= widthOfCharacter(last);
    tail.unshift(last);
  }
  const head: string[] = [];
  for (const character of characters) {
    if (left - widthOfCharacter(character) < 0) break;
    left -= widthOfCharacter(character);
    head.push(character);
  }
  return `${head.join('')}…${tail.join('')}`;
}

export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - textWidth(text)));
}
