/** Who wrote which line, beside the text. */

import { Prec, RangeSet, type Extension, type Range } from "@codemirror/state";
import { gutter, GutterMarker, keymap, type EditorView } from "@codemirror/view";
import type { BlameLine } from "../api/types";
import { day } from "../text/format";

class BlameMarker extends GutterMarker {
  constructor(
    readonly line: BlameLine,
    private readonly width: number,
  ) {
    super();
  }
  override eq(other: BlameMarker) {
    return other.line.commit === this.line.commit && other.line.line === this.line.line;
  }
  override toDOM() {
    const element = document.createElement("span");
    element.textContent = `${this.line.commit.slice(0, 7)} ${firstName(this.line).padEnd(this.width)} ${day(this.line.when)}`;
    element.title = this.line.subject;
    return element;
  }
}

function firstName(line: BlameLine): string {
  return (line.author.replace(/\s*<.*>/, "").split(" ")[0] ?? "").slice(0, 12);
}

/** The first line of every stretch that one commit wrote names it; a click beside it, or Enter on it, opens it. */
export function blameGutter(lines: BlameLine[], open: (line: BlameLine) => void): Extension {
  const width = Math.max(0, ...lines.map((line) => firstName(line).length));
  const openAt = (view: EditorView, position: number) => {
    const number = view.state.doc.lineAt(position).number;
    const line = lines.find((one) => one.line === number);
    if (line) open(line);
    return line !== undefined;
  };
  const names = gutter({
    class: "cm-blame",
    markers: (view) => {
      const marks: Range<GutterMarker>[] = [];
      let before = "";
      for (const line of lines) {
        if (line.commit !== before && line.line <= view.state.doc.lines) {
          marks.push(new BlameMarker(line, width).range(view.state.doc.line(line.line).from));
        }
        before = line.commit;
      }
      return RangeSet.of(marks);
    },
    domEventHandlers: {
      click: (view, block) => openAt(view, block.from),
    },
  });
  const key = keymap.of([{ key: "Enter", run: (view) => openAt(view, view.state.selection.main.head) }]);
  return [names, Prec.high(key)];
}
