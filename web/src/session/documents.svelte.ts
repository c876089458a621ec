/** The files that are open for editing, each with its editor and its way to the server. */

import { ChangeSet, Compartment, EditorState, type Extension, type Transaction } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { ApiError, Unreachable, type Client } from "../api/client";
import type { Edited, FileText, Id } from "../api/types";
import { writing } from "../editor/setup";
import type { Shelf } from "./drafts";
import { FileSync, insertedFrom, rebase, syncing, type Saved, type SendResult } from "./sync";

/** Typing goes out after this much quiet, or at the latest after the second figure. */
const QUIET_MS = 350;
const LONGEST_MS = 1200;

export interface DocumentsOptions {
  client: Client;
  shelf: Shelf;
  newId: () => Id;
  /** Editor extensions that depend on the page: keys, menus. */
  extensions: (path: string) => Extension;
  wait: (failures: number) => Promise<void>;
  refused: (path: string, error: Error) => void;
}

export class Document {
  private editor: EditorView | null = null;
  private bare: EditorState;
  readonly sync: FileSync;
  private readonly locked = new Compartment();

  constructor(
    readonly path: string,
    file: FileText,
    owner: Documents,
    extensions: Extension,
  ) {
    this.bare = EditorState.create({
      doc: file.text,
      extensions: [
        extensions,
        writing(path, `Text of ${path}`),
        syncing(),
        this.locked.of([]),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) owner.edited(this);
        }),
      ],
    });
    const port = { state: () => this.state, dispatch: (transaction: Transaction) => this.dispatch(transaction) };
    this.sync = new FileSync(path, file.version, port, owner.transport(path), owner.newId, () => owner.settled(this));
  }

  get state(): EditorState {
    return this.editor?.state ?? this.bare;
  }

  /** The editor; made when it is first shown, and kept with its scroll position and history. */
  get view(): EditorView {
    this.editor ??= new EditorView({ state: this.bare });
    return this.editor;
  }

  dispatch(transaction: Transaction) {
    if (this.editor) this.editor.dispatch(transaction);
    else this.bare = transaction.state;
  }

  lock(locked: boolean) {
    if (this.state.readOnly === locked) return;
    const effects = this.locked.reconfigure(locked ? EditorState.readOnly.of(true) : []);
    this.dispatch(this.state.update({ effects }));
  }

  /** Applies changes that were kept from before a reload. */
  restore(saved: Saved, accepted: Edited[]) {
    for (const unsent of rebase(saved.unsent, accepted)) {
      const annotations = unsent.insertedFrom ? [insertedFrom.of(unsent.insertedFrom)] : [];
      this.dispatch(this.state.update({ changes: ChangeSet.fromJSON(unsent.changes), annotations }));
      if (unsent.edit) this.sync.reserve(unsent.edit, 1);
    }
  }

  destroy() {
    this.editor?.destroy();
    this.editor = null;
  }
}

export class Documents {
  private readonly open = new Map<string, Document>();
  private readonly loading = new Map<string, Promise<Document>>();
  private readonly timers = new Map<string, { quiet: number; latest: number }>();
  private locked = false;
  /** Files with changes that the server has not confirmed. */
  unsent = $state.raw<Readonly<Record<string, number>>>({});

  constructor(private readonly options: DocumentsOptions) {}

  get newId() {
    return this.options.newId;
  }

  known(path: string): Document | null {
    return this.open.get(path) ?? null;
  }

  load(path: string): Promise<Document> {
    const known = this.open.get(path);
    if (known) return Promise.resolve(known);
    let loading = this.loading.get(path);
    if (!loading) {
      loading = this.fetch(path).finally(() => this.loading.delete(path));
      this.loading.set(path, loading);
    }
    return loading;
  }

  /** Opens the files whose changes did not reach the server before the page was left. */
  async resume(paths: string[]): Promise<void> {
    for (const name of this.options.shelf.names("unsent:")) {
      const path = name.slice("unsent:".length);
      if (paths.includes(path)) await this.load(path);
    }
  }

  /** Sends everything now; gives up waiting after a while, since sending goes on anyway. */
  async flush(patience = 4000): Promise<void> {
    const all = Promise.all([...this.open.values()].map((document) => this.push(document)));
    await Promise.race([all, new Promise((resolve) => setTimeout(resolve, patience))]);
  }

  async accepted(edit: Edited): Promise<void> {
    const document = this.open.get(edit.path) ?? (await this.loading.get(edit.path)?.catch(() => null));
    if (document) await document.sync.accepted(edit).catch(() => undefined);
  }

  lock(locked: boolean) {
    this.locked = locked;
    for (const document of this.open.values()) document.lock(locked);
  }

  /** The file went, or became another one. */
  forget(path: string) {
    this.open.get(path)?.destroy();
    this.open.delete(path);
    this.options.shelf.drop(`unsent:${path}`);
    this.count();
  }

  close() {
    for (const document of this.open.values()) document.destroy();
    this.open.clear();
    for (const timer of this.timers.values()) clearTimeout(timer.quiet);
  }

  /** The text changed here; called for every transaction, so it only notes and schedules. */
  edited(document: Document) {
    this.settled(document);
    if (document.sync.unsentCount > 0) this.schedule(document);
  }

  settled(document: Document) {
    const saved = document.sync.saved();
    if (saved.unsent.length > 0) this.options.shelf.write(`unsent:${document.path}`, saved);
    else this.options.shelf.drop(`unsent:${document.path}`);
    this.count();
  }

  transport(path: string) {
    const { client } = this.options;
    return {
      send: (edit: Edited) => this.send(edit),
      after: async (version: number) => (await client.get("/edits", { path, after: version })).edits,
    };
  }

  private async fetch(path: string): Promise<Document> {
    const file = await this.options.client.get("/files/{path}", { path });
    const saved = this.options.shelf.read<Saved>(`unsent:${path}`);
    let accepted: Edited[] = [];
    if (saved && saved.version < file.version) accepted = await this.transport(path).after(saved.version);
    const document = new Document(path, file, this, this.options.extensions(path));
    if (saved && saved.version <= file.version)
      this.restore(
        document,
        saved,
        accepted.filter((e) => e.version <= file.version),
      );
    document.lock(this.locked);
    this.open.set(path, document);
    this.settled(document);
    if (document.sync.unsentCount > 0) this.schedule(document);
    return document;
  }

  private restore(document: Document, saved: Saved, accepted: Edited[]) {
    try {
      document.restore(saved, accepted);
    } catch (error) {
      this.options.refused(document.path, error instanceof Error ? error : new Error(String(error)));
    }
  }

  private schedule(document: Document) {
    const now = performance.now();
    const timer = this.timers.get(document.path);
    const latest = timer?.latest ?? now + LONGEST_MS;
    if (timer) clearTimeout(timer.quiet);
    const quiet = window.setTimeout(() => void this.push(document), Math.max(0, Math.min(QUIET_MS, latest - now)));
    this.timers.set(document.path, { quiet, latest });
  }

  private async push(document: Document): Promise<void> {
    const timer = this.timers.get(document.path);
    if (timer) clearTimeout(timer.quiet);
    this.timers.delete(document.path);
    for (let failures = 1; this.open.get(document.path) === document; failures++) {
      try {
        await document.sync.flush();
        return;
      } catch (error) {
        if (!(error instanceof Unreachable)) {
          this.options.refused(document.path, error instanceof Error ? error : new Error(String(error)));
          return;
        }
        await this.options.wait(failures);
      }
    }
  }

  private async send(edit: Edited): Promise<SendResult> {
    try {
      await this.options.client.send("POST", "/edits", { type: "edit", ...edit });
      return "accepted";
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === "stale_version") return "stale";
      // The clock stands still; the edit goes out when it runs again.
      if (error.code === "paused") throw new Unreachable(error);
      this.options.refused(edit.path, error);
      return "refused";
    }
  }

  private count() {
    const unsent: Record<string, number> = {};
    for (const [path, document] of this.open) {
      const waiting = document.sync.saved().unsent.length;
      if (waiting > 0) unsent[path] = waiting;
    }
    this.unsent = unsent;
  }
}
