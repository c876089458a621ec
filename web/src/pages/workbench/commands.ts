/** What the palette offers. */

import type { Bench } from "../../session/bench.svelte";
import type { Aside, Side } from "../../session/layout.svelte";
import { targetWords } from "../../session/targets";
import { enter } from "../../ui/enter";
import { keyNames } from "./shortcuts";

export interface Command {
  id: string;
  title: string;
  keys?: string;
  run: () => void;
}

export function commands(bench: Bench): Command[] {
  const { layout, tabs } = bench;
  const here = bench.targetHere();
  const file = tabs.file;
  const aside = (name: Aside, target: string) => {
    layout.showAside(name);
    void enter(target);
  };
  const side = (name: Side) => {
    layout.showSide(name);
    void enter("side");
  };
  const keys = (names: string) => keyNames(names).join(" ");
  const all: (Command & { when?: boolean })[] = [
    {
      id: "run",
      title: `Run ${targetWords(here)}`,
      keys: keys("Mod+Enter"),
      run: () => void bench.run(here),
      when: bench.active,
    },
    { id: "run all", title: "Run all tests", run: () => void bench.run([]), when: bench.active && here.length > 0 },
    { id: "ask", title: "Ask the assistant", run: () => aside("assistant", "prompt") },
    { id: "brief", title: "Read the brief", run: () => aside("brief", "aside") },
    { id: "notebook", title: "Open the notebook", run: () => aside("notebook", "hypothesis") },
    { id: "questions", title: "Open the questions", run: () => aside("questions", "aside") },
    { id: "search", title: "Search the text", keys: keys("Mod+Shift+F"), run: () => bench.searchText() },
    {
      id: "definition",
      title: "Go to the definition",
      keys: "F12",
      run: () => void bench.define(),
      when: file !== null,
    },
    {
      id: "references",
      title: "List the references",
      keys: keys("Shift+F12"),
      run: () => void bench.refer(),
      when: file !== null,
    },
    { id: "outline", title: "Outline of the file", run: () => side("outline") },
    { id: "history", title: "History", run: () => side("history") },
    {
      id: "blame",
      title: "Blame of the file",
      run: () => file !== null && bench.enter({ kind: "blame", path: file }),
      when: file !== null,
    },
    { id: "changes", title: "My changes", run: () => bench.enter({ kind: "changes" }) },
    { id: "files", title: "Show or hide the file panel", run: () => layout.toggle("left") },
    { id: "results", title: "Show or hide the result panel", run: () => layout.toggle("bottom") },
    { id: "aside", title: "Show or hide the assistant panel", run: () => layout.toggle("right") },
    { id: "sizes", title: "Put all panels back to their first size", run: () => layout.reset() },
    { id: "keys", title: "List the keys", keys: "?", run: () => (bench.keysOpen = true) },
    { id: "submit", title: "Submit…", run: () => (bench.submitOpen = true), when: bench.active },
  ];
  return all
    .filter((command) => command.when !== false)
    .map(({ when: _, ...command }) => ({ ...command, id: `command ${command.id}` }));
}
