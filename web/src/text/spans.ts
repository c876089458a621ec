/** Evidence spans in a text, given in UTF-8 bytes, as pieces that can be shown. */

export interface Span<Mark> {
  start: number;
  end: number;
  mark: Mark;
}
export interface SpanPiece<Mark> {
  text: string;
  marks: Mark[];
}

/** The text cut at every edge of a span; spans may overlap. Spans outside the text are cut off. */
export function cut<Mark>(text: string, spans: Span<Mark>[]): SpanPiece<Mark>[] {
  const bytes = new TextEncoder().encode(text);
  const decoder = new TextDecoder();
  const within = (at: number) => Math.max(0, Math.min(bytes.length, at));
  const edges = new Set([0, bytes.length]);
  for (const span of spans) edges.add(within(span.start)).add(within(span.end));
  const sorted = [...edges].sort((a, b) => a - b);
  const pieces: SpanPiece<Mark>[] = [];
  for (const [index, start] of sorted.entries()) {
    const end = sorted[index + 1];
    if (end === undefined) break;
    const marks = spans.filter((span) => span.start <= start && span.end >= end).map((span) => span.mark);
    pieces.push({ text: decoder.decode(bytes.subarray(start, end)), marks });
  }
  return pieces;
}
