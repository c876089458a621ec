/** Positions in UTF-8 bytes, as the server counts them, in JavaScript's strings. */

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function byteLength(text: string): number {
  return encoder.encode(text).length;
}

/** The text from a byte on; a byte inside a character counts as its end. */
export function fromByte(text: string, byte: number): string {
  const bytes = encoder.encode(text);
  let start = byte;
  while (start < bytes.length && ((bytes[start] ?? 0) & 0xc0) === 0x80) start++;
  return decoder.decode(bytes.subarray(start));
}

/**
 * A text grown by words that begin at a byte of it. Words that are known already are skipped;
 * null when there is a hole between the two.
 */
export function splice(text: string, from: number, words: string): string | null {
  const known = byteLength(text);
  if (from > known) return null;
  return text + fromByte(words, known - from);
}
