/** Text of one byte a character, as serial readers speak it; every byte survives the way there and back. */

/** The character of each byte. */
export const textOf = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
};

/** The byte of each character; characters above 0xFF have none and throw. */
export const bytesOf = (text: string): Uint8Array =>
  Uint8Array.from(text, (character) => {
    const code = character.charCodeAt(0);
    if (character.length > 1 || code > 0xff) {
      throw new RangeError('A line of text holds characters of one byte only.');
    }
    return code;
  });
