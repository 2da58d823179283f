/** What a thermal printer can print: plain ASCII. Letters lose their marks, what is left becomes `?`. */

/** What has no decomposition, and how it is written without. */
const spelled: Readonly<Record<string, string>> = {
  ...{ ß: 'ss', ẞ: 'SS', Æ: 'AE', æ: 'ae', Œ: 'OE', œ: 'oe', Ø: 'O', ø: 'o', Þ: 'Th', þ: 'th' },
  ...{ Ð: 'D', ð: 'd', Đ: 'D', đ: 'd', Ł: 'L', ł: 'l', ı: 'i', Ħ: 'H', ħ: 'h', Ŋ: 'N', ŋ: 'n' },
  ...{ '‘': "'", '’': "'", '‚': ',', '“': '"', '”': '"', '„': '"', '«': '"', '»': '"', '‹': "'" },
  ...{ '›': "'", '–': '-', '—': '-', '‐': '-', '‑': '-', '−': '-', '…': '...', '•': '*', '·': '*' },
  ...{ '€': 'EUR', '£': 'GBP', '¥': 'YEN', '×': 'x', '÷': '/', '⁄': '/', '°': 'o', '©': '(c)' },
};

/** Text in printable ASCII; may be longer than it was. */
export const asciiOf = (text: string): string =>
  [...text.replace(/\p{Cc}/gu, ' ')].map(plain).join('');

const isPrintable = (text: string): boolean => /^[\x20-\x7e]*$/.test(text);

const plain = (character: string): string => {
  if (isPrintable(character)) return character;
  const known = spelled[character];
  if (known !== undefined) return known;
  // A mark of its own, or what only joins and directs others, leaves nothing behind.
  if (/^[\p{M}\p{Cf}]$/u.test(character)) return '';
  const parts = [...character.normalize('NFKD')].map(
    (part) => spelled[part] ?? part.replace(/\p{M}/u, ''),
  );
  const whole = parts.join('');
  return whole !== '' && isPrintable(whole) ? whole : '?';
};
