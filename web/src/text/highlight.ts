/** Python source as pieces with classes; the same classes as in the editor. */

import { pythonLanguage } from "@codemirror/lang-python";
import { classHighlighter, highlightCode } from "@lezer/highlight";

export interface Piece {
  text: string;
  classes: string;
}

const PYTHON = new Set(["python", "py", "python3", "pycon"]);

/** Lines of pieces. Another language than Python comes back plain. */
export function highlight(code: string, lang: string): Piece[][] {
  const lines: Piece[][] = [[]];
  const put = (text: string, classes: string) => lines.at(-1)?.push({ text, classes });
  if (!PYTHON.has(lang.toLowerCase())) return code.split("\n").map((text) => [{ text, classes: "" }]);
  highlightCode(code, pythonLanguage.parser.parse(code), classHighlighter, put, () => lines.push([]));
  return lines;
}
