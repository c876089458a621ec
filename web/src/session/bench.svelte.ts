/** The session page's parts in one hand: session, work, tabs, layout, and what the keyboard asks for. */

import { getContext, setContext } from "svelte";
import { keymap, type EditorView } from "@codemirror/view";
import type * as T from "../api/types";
import { explain } from "../api/client";
import { announce } from "../ui/announce.svelte";
import { enter } from "../ui/enter";
import { cardsIn } from "./chat";
import { insertedFrom } from "./sync";
import { Layout } from "./layout.svelte";
import type { SessionStore } from "./store.svelte";
import { Tabs, type Tab } from "./tabs.svelte";
import { isTestFile, targetAt, targetWords } from "./targets";
import { Workspace } from "./workspace.svelte";

export interface Selection {
  path: string;
  from: number;
  to: number;
  empty: boolean;
}
export interface References {
  of: string;
  found: T.Reference[];
}

export class Bench {
  readonly work: Workspace;
  readonly tabs: Tabs;
  readonly layout: Layout;
  palette = $state.raw<"closed" | "commands" | "files">("closed");
  keysOpen = $state(false);
  submitOpen = $state(false);
  /** Lines selected in the open file. */
  selection = $state.raw<Selection | null>(null);
  references = $state.raw<References | null>(null);
  searchFocus = $state.raw(0);
  /** The run whose result is shown; none: the last. */
  shownRun = $state.raw<T.Id | null>(null);

  /** The conversation is in view. */
  chatInView = $state.raw(false);
  private seenCards = $state.raw(0);

  private readonly unfollow: () => void;

  constructor(readonly session: SessionStore) {
    this.work = new Workspace(session, () => keymap.of(this.editorKeys()));
    this.layout = new Layout(this.work.shelf);
    this.seenCards = this.work.shelf.read<number>("cards") ?? 0;
    this.tabs = new Tabs(this.work.shelf, () => this.layout.use("editor"));
    // Tabs follow a file before those without one are closed.
    this.unfollow = session.onFact((fact) => {
      if (fact.kind === "file_renamed") this.tabs.renamed(fact.data.from, fact.data.to);
    });
  }

  stop() {
    this.unfollow();
    this.work.stop();
  }

  /** The clock runs: things can be changed. */
  active = $derived.by(() => this.session.view.phase === "working" && this.session.view.clock.paused === null);
  lastRun = $derived.by(() => this.session.view.runs.at(-1) ?? null);
  /** The assistant volunteered a remark that was not in view yet. */
  newRemark = $derived.by(() => cardsIn(this.session.view.exchanges) > this.seenCards);
  running = $derived.by(() => this.lastRun !== null && this.lastRun.outcome === null);

  /** The cards there are were in view. */
  seeCards() {
    if (!this.newRemark) return;
    this.seenCards = cardsIn(this.session.view.exchanges);
    this.work.shelf.write("cards", this.seenCards);
  }

  /** The editor of the shown file. */
  get view(): EditorView | null {
    const path = this.tabs.file;
    return path === null ? null : (this.work.documents.known(path)?.view ?? null);
  }

  targetHere(): string[] {
    const path = this.tabs.file;
    const state = this.view?.state;
    const line = state ? state.doc.lineAt(state.selection.main.head).number : 1;
    const files = this.session.view.files.map((file) => file.path);
    return targetAt(path, path !== null && isTestFile(path) && state ? state.doc.toString() : "", line, files);
  }

  async run(target: string[]) {
    if (!this.active || this.running) return;
    if (!this.session.canRun) {
      announce.problem("Tests cannot run here: this machine refuses the sandbox. The start page says how to mend it.");
      return;
    }
    this.shownRun = null;
    this.layout.showBottom("results");
    announce.say(`Running ${targetWords(target)}`);
    await this.work.run(target);
  }

  async define(view = this.view) {
    const found = await this.lookUp(view, (place) => this.session.client.get("/definition", place));
    if (!found) return;
    const [first] = found.targets;
    if (!first) announce.info("No definition is known for what stands under the cursor.");
    else this.tabs.openAt(first.path, first.line, first.column);
  }

  async refer(view = this.view) {
    const word = view ? wordAt(view) : "";
    const found = await this.lookUp(view, (place) => this.session.client.get("/references", place));
    if (!found) return;
    this.references = { of: word, found: found.references };
    this.layout.showBottom("references");
    announce.say(`${found.references.length} references to ${word}`);
  }

  /** Puts words of an answer at the cursor; where they come from stays with them. */
  insert(code: string, answer: T.Id) {
    const view = this.view;
    if (!view || !this.active) {
      announce.info("Open a file and put the cursor where the code shall go.");
      return;
    }
    view.dispatch({ ...view.state.replaceSelection(code), annotations: insertedFrom.of(answer), scrollIntoView: true });
    this.layout.use("editor");
    view.focus();
    announce.say("Inserted at the cursor");
  }

  /** Opens something in the middle and moves the keyboard there. */
  enter(tab: Tab) {
    this.tabs.open(tab);
    void enter("editor-panel", ".cm-content");
  }

  searchText() {
    this.layout.showSide("search");
    this.searchFocus++;
  }

  private async lookUp<Found>(
    view: EditorView | null,
    ask: (place: { path: string; offset: number }) => Promise<Found>,
  ) {
    const path = this.tabs.file;
    if (!view || path === null) return null;
    await this.work.documents.flush(1000);
    try {
      return await ask({ path, offset: view.state.selection.main.head });
    } catch (error) {
      announce.problem(explain(error));
      return null;
    }
  }

  private editorKeys() {
    const does = (action: (view: EditorView) => void) => (view: EditorView) => {
      action(view);
      return true;
    };
    return [
      { key: "F12", run: does((view) => void this.define(view)), preventDefault: true },
      { key: "Shift-F12", run: does((view) => void this.refer(view)), preventDefault: true },
      { key: "Mod-Enter", run: does(() => void this.run(this.targetHere())), preventDefault: true },
      // The page's own shortcuts come before the editor's.
      { key: "Mod-k", run: does(() => (this.palette = "commands")), preventDefault: true },
    ];
  }
}

function wordAt(view: EditorView): string {
  const word = view.state.wordAt(view.state.selection.main.head);
  return word ? view.state.sliceDoc(word.from, word.to) : "";
}

const KEY = Symbol("bench");
export function provideBench(bench: Bench): Bench {
  return setContext(KEY, bench);
}
export function useBench(): Bench {
  return getContext<Bench>(KEY);
}
