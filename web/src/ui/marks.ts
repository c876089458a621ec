/** Marks words in the page without changing it (CSS Custom Highlight API); styled in markdown.css. */

import { locate } from "../text/quote";

const NAME = "flagged";

/** Marks the quotes inside an element where they stand; the result takes the marks away. */
export function markFlagged(host: HTMLElement, quotes: readonly string[]): () => void {
  // A browser without the interface shows the flags under the answer only.
  if (!("highlights" in CSS)) return () => undefined;
  const nodes = textNodes(host);
  const text = nodes.map((node) => node.data).join("");
  const ranges = quotes.flatMap((quote) => {
    const place = locate(text, quote);
    return place ? [rangeOver(nodes, place.start, place.end)] : [];
  });
  const all = CSS.highlights.get(NAME) ?? new Highlight();
  CSS.highlights.set(NAME, all);
  for (const range of ranges) all.add(range);
  return () => {
    for (const range of ranges) all.delete(range);
  };
}

function textNodes(host: HTMLElement): Text[] {
  const walker = document.createTreeWalker(host, NodeFilter.SHOW_TEXT, (node) =>
    node.parentElement?.closest("button") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT,
  );
  const nodes: Text[] = [];
  while (walker.nextNode()) nodes.push(walker.currentNode as Text);
  return nodes;
}

function rangeOver(nodes: Text[], start: number, end: number): Range {
  const range = document.createRange();
  let before = 0;
  for (const node of nodes) {
    const after = before + node.length;
    if (start >= before && start < after) range.setStart(node, start - before);
    if (end > before && end <= after) range.setEnd(node, end - before);
    before = after;
  }
  return range;
}
