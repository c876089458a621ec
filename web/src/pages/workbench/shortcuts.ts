/** Keys of the session page, in one table: what they do and how the help lists them. */

import type { Bench } from "../../session/bench.svelte";

export interface Shortcut {
  keys: string;
  does: string;
  where: "Everywhere" | "In the editor" | "In the assistant";
  /** None: the editor or the field handles it itself. */
  match?: (event: KeyboardEvent) => boolean;
  run?: (bench: Bench) => void;
}

const mod = (event: KeyboardEvent) => (event.ctrlKey || event.metaKey) && !event.altKey;
const letter = (event: KeyboardEvent, key: string) => event.key.toLowerCase() === key;

export const SHORTCUTS: readonly Shortcut[] = [
  {
    keys: "Mod+K",
    does: "Open the palette",
    where: "Everywhere",
    match: (event) => mod(event) && !event.shiftKey && letter(event, "k"),
    run: (bench) => (bench.palette = "commands"),
  },
  {
    keys: "Mod+P",
    does: "Open a file by name",
    where: "Everywhere",
    match: (event) => mod(event) && !event.shiftKey && letter(event, "p"),
    run: (bench) => (bench.palette = "files"),
  },
  {
    keys: "Mod+Shift+F",
    does: "Search the repository's text",
    where: "Everywhere",
    match: (event) => mod(event) && event.shiftKey && letter(event, "f"),
    run: (bench) => bench.searchText(),
  },
  {
    keys: "Mod+Enter",
    does: "Run the test under the cursor, else the file's tests",
    where: "Everywhere",
    match: (event) => mod(event) && event.key === "Enter",
    run: (bench) => void bench.run(bench.targetHere()),
  },
  {
    keys: "?",
    does: "List the keys",
    where: "Everywhere",
    match: (event) => event.key === "?" && !mod(event) && !isWriting(event.target),
    run: (bench) => (bench.keysOpen = true),
  },
  { keys: "F12", does: "Go to the definition", where: "In the editor" },
  { keys: "Shift+F12", does: "List the references", where: "In the editor" },
  { keys: "Mod+F", does: "Find in this file", where: "In the editor" },
  { keys: "Mod+Z", does: "Undo", where: "In the editor" },
  { keys: "Tab", does: "Indent", where: "In the editor" },
  { keys: "Esc, then Tab", does: "Leave the editor", where: "In the editor" },
  { keys: "Enter", does: "Send the prompt", where: "In the assistant" },
  { keys: "Shift+Enter", does: "Break the line", where: "In the assistant" },
  { keys: "Esc", does: "Leave the field", where: "In the assistant" },
];

/** Runs the shortcut that a key press stands for. */
export function shortcut(event: KeyboardEvent, bench: Bench) {
  if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
  const found = SHORTCUTS.find((one) => one.match?.(event));
  if (!found?.run) return;
  event.preventDefault();
  found.run(bench);
}

/** `Mod` is Cmd on a Mac and Ctrl elsewhere. */
export function keyNames(keys: string, mac = /Mac|iPhone|iPad/.test(navigator.platform)): string[] {
  return keys.split("+").map((key) => (key === "Mod" ? (mac ? "⌘" : "Ctrl") : key === "Shift" && mac ? "⇧" : key));
}

function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || ["INPUT", "TEXTAREA", "SELECT"].includes(target.tagName);
}
