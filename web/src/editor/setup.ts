/** How a CodeMirror editor looks and behaves here. */

import { closeBrackets, closeBracketsKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { python } from "@codemirror/lang-python";
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, StateEffect, StateField, type Extension } from "@codemirror/state";
import {
  Decoration,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
  type DecorationSet,
} from "@codemirror/view";
import { classHighlighter } from "@lezer/highlight";

/** The nonce that the server wrote into the page; CodeMirror's style element needs it. */
function nonce(): Extension {
  const value = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
  return EditorView.cspNonce.of(value);
}

const theme = EditorView.theme({
  "&": { height: "100%", color: "var(--text)", backgroundColor: "var(--surface)", fontSize: "var(--text-s)" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": {
    fontFamily: "var(--font-mono)",
    fontVariantLigatures: "none",
    lineHeight: "1.55",
    overflow: "auto",
  },
  ".cm-content": { caretColor: "var(--accent)", paddingBlock: "var(--space-2)" },
  ".cm-cursor, .cm-dropCursor": { borderLeftColor: "var(--accent)", borderLeftWidth: "2px" },
  ".cm-gutters": {
    backgroundColor: "var(--surface)",
    color: "var(--text-soft)",
    border: "none",
    paddingLeft: "var(--space-1)",
  },
  ".cm-activeLine": { backgroundColor: "var(--code-line)" },
  ".cm-activeLineGutter": { backgroundColor: "var(--code-line)", color: "var(--text)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--code-selection)",
  },
  ".cm-selectionMatch": { backgroundColor: "var(--accent-soft)" },
  "&.cm-focused .cm-matchingBracket": { backgroundColor: "var(--selected)", outline: "1px solid var(--border-strong)" },
  ".cm-foldGutter .cm-gutterElement": { color: "var(--text-soft)", cursor: "pointer" },
  ".cm-foldPlaceholder": {
    backgroundColor: "var(--surface-low)",
    border: "1px solid var(--border)",
    color: "var(--text-soft)",
  },
  ".cm-panels": { backgroundColor: "var(--surface-low)", color: "var(--text)" },
  ".cm-panels.cm-panels-top": { borderBottom: "1px solid var(--border)" },
  ".cm-panels.cm-panels-bottom": { borderTop: "1px solid var(--border)" },
  ".cm-panel.cm-search": { fontFamily: "var(--font-text)", padding: "var(--space-2)" },
  ".cm-textfield": {
    backgroundColor: "var(--surface)",
    color: "var(--text)",
    border: "1px solid var(--border-strong)",
    borderRadius: "var(--radius-s)",
    fontSize: "var(--text-s)",
  },
  ".cm-button": {
    backgroundImage: "none",
    backgroundColor: "var(--surface-high)",
    color: "var(--text)",
    border: "1px solid var(--border)",
    borderRadius: "var(--radius-s)",
    fontSize: "var(--text-s)",
  },
  ".cm-searchMatch": { backgroundColor: "var(--warn-soft)", outline: "1px solid var(--warn)" },
  ".cm-searchMatch-selected": { backgroundColor: "var(--selected)" },
  ".cm-marked-line": { backgroundColor: "var(--code-line)", boxShadow: "inset 3px 0 0 var(--accent)" },
  ".cm-blame": { color: "var(--text-soft)", paddingRight: "var(--space-3)", cursor: "pointer", whiteSpace: "pre" },
});

/** Lines that are pointed out: where a jump led, or what a candidate has in view. */
export const markLines = StateEffect.define<{ from: number; to: number } | null>();
const marked = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(lines, transaction) {
    let next = lines.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(markLines)) continue;
      next = effect.value === null ? Decoration.none : lineMarks(transaction.state, effect.value);
    }
    return next;
  },
  provide: (field) => EditorView.decorations.from(field),
});

function lineMarks(state: EditorState, range: { from: number; to: number }): DecorationSet {
  const mark = Decoration.line({ class: "cm-marked-line" });
  const last = Math.min(range.to, state.doc.lines);
  const marks = [];
  for (let line = Math.max(1, range.from); line <= last; line++) marks.push(mark.range(state.doc.line(line).from));
  return Decoration.set(marks);
}

export function languageOf(path: string): Extension {
  return path.endsWith(".py") ? python() : [];
}

/** What reading needs. */
export function reading(path: string, label: string): Extension {
  return [
    nonce(),
    theme,
    lineNumbers(),
    foldGutter(),
    highlightSpecialChars(),
    drawSelection(),
    bracketMatching(),
    highlightSelectionMatches(),
    search({ top: true }),
    languageOf(path),
    syntaxHighlighting(classHighlighter),
    marked,
    EditorState.tabSize.of(4),
    indentUnit.of("    "),
    EditorView.contentAttributes.of({
      "aria-label": label,
      tabindex: "0",
      spellcheck: "false",
      autocorrect: "off",
      autocapitalize: "off",
    }),
  ];
}

/** A text that cannot be changed; it can still be focused, searched and copied from. */
export function readOnly(path: string, label: string): Extension {
  return [
    reading(path, label),
    EditorState.readOnly.of(true),
    keymap.of([...defaultKeymap, ...searchKeymap, ...foldKeymap]),
    EditorView.contentAttributes.of({ "aria-readonly": "true" }),
  ];
}

/** What writing adds. Esc, then Tab leaves the editor (CodeMirror's own rule). */
export function writing(path: string, label: string): Extension {
  return [
    reading(path, label),
    history(),
    indentOnInput(),
    closeBrackets(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    keymap.of([
      ...closeBracketsKeymap,
      ...defaultKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...foldKeymap,
      indentWithTab,
    ]),
    EditorView.contentAttributes.of({ "aria-describedby": "editor-help" }),
  ];
}

/** Scrolls a line into view, marks it and puts the cursor there. */
export function reveal(view: EditorView, line: number, to = line, column = 0) {
  const at = Math.min(Math.max(1, line), view.state.doc.lines);
  const start = view.state.doc.line(at);
  const anchor = Math.min(start.to, start.from + Math.max(0, column));
  view.dispatch({
    selection: { anchor },
    effects: [markLines.of({ from: at, to }), EditorView.scrollIntoView(anchor, { y: "center" })],
  });
}

/** First and last line that can be seen. */
export function visibleLines(view: EditorView): { from: number; to: number } {
  const { scrollTop, clientHeight } = view.scrollDOM;
  const first = view.lineBlockAtHeight(scrollTop + 4);
  const last = view.lineBlockAtHeight(scrollTop + clientHeight - 4);
  return { from: view.state.doc.lineAt(first.from).number, to: view.state.doc.lineAt(last.to).number };
}
