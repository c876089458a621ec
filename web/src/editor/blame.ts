/** Who wrote which line, beside the text. */

import { RangeSet, type Extension, type Range } from "@codemirror/state";
import { gutter, GutterMarker } from "@codemirror/view";
import type { BlameLine } from "../api/types";
import { day } from "../text/format";

class BlameMarker extends GutterMarker {
  constructor(readonly line: BlameLine) {
    super();
  }
  override eq(other: BlameMarker) {
    return other.line.commit === this.line.commit && other.line.line === this.line.line;
  }
  override toDOM() {
    const element = document.createElement("span");
    const author = this.line.author.replace(/\s*<.*>/, "").split(" ")[0] ?? "";
    element.textContent = `${this.line.commit.slice(0, 7)} ${author.padEnd(9).slice(0, 9)} ${day(this.line.when)}`;
    element.title = this.line.subject;
    return element;
  }
}

/** The first line of every stretch that one commit wrote names it; a click anywhere beside it opens it. */
export function blameGutter(lines: BlameLine[], open: (line: BlameLine) => void): Extension {
  return gutter({
    class: "cm-blame",
    markers: (view) => {
      const marks: Range<GutterMarker>[] = [];
      let before = "";
      for (const line of lines) {
        if (line.commit !== before && line.line <= view.state.doc.lines) {
          marks.push(new BlameMarker(line).range(view.state.doc.line(line.line).from));
        }
        before = line.commit;
      }
      return RangeSet.of(marks);
    },
    domEventHandlers: {
      click(view, block) {
        const number = view.state.doc.lineAt(block.from).number;
        const line = lines.find((one) => one.line === number);
        if (line) open(line);
        return true;
      },
    },
  });
}
