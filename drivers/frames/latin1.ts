/** Text of one byte a character, as serial readers speak it; every byte survives the way there and back. */

/** The character of each byte. */
export const textOf = (bytes: Uint8Array): string => {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
};

/** The byte of each character; characters above 0xFF have none and throw. */
export const bytesOf = (text: string): Uint8Array => {
  // By index: walking the text as characters takes some twenty times as long, and every card comes by here.
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code > 0xff) throw new RangeError('A line of text holds characters of one byte only.');
    bytes[at] = code;
  }
  return bytes;
};
