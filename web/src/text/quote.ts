/** Where quoted words stand in a text, compared by letters and digits as the server compares them. */

/** Letters and digits only: a selection has lost the Markdown marks. */
export function letters(text: string): string {
  return text.replace(/[^\p{Alphabetic}\p{N}]/gu, "");
}

/** First and last unit (exclusive) of the quoted words; null when they are not there. */
export function locate(text: string, quote: string): { start: number; end: number } | null {
  const wanted = letters(quote);
  if (wanted === "") return null;
  const places: number[] = [];
  let kept = "";
  for (const { 0: letter, index } of text.matchAll(/[\p{Alphabetic}\p{N}]/gu)) {
    for (let unit = 0; unit < letter.length; unit++) places.push(index + unit);
    kept += letter;
  }
  const at = kept.indexOf(wanted);
  const [start, last] = [places[at], places[at + wanted.length - 1]];
  return start === undefined || last === undefined ? null : { start, end: last + 1 };
}
