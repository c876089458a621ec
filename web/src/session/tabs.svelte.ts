/** What is open in the middle of the session page. */

import { basename } from "../text/format";
import type { Shelf } from "./drafts";

export type Tab =
  | { kind: "file"; path: string }
  | { kind: "revision"; path: string; commit: string }
  | { kind: "blame"; path: string }
  | { kind: "commit"; commit: string; path: string | null }
  | { kind: "changes" };

/** A place to jump to once the file is shown. */
export interface Jump {
  path: string;
  line: number;
  to: number;
  /** From 0. */
  column: number;
  serial: number;
}

export function idOf(tab: Tab): string {
  return JSON.stringify(tab);
}

export function titleOf(tab: Tab): string {
  switch (tab.kind) {
    case "file":
      return basename(tab.path);
    case "revision":
      return `${basename(tab.path)} @ ${tab.commit.slice(0, 7)}`;
    case "blame":
      return `${basename(tab.path)}: blame`;
    case "commit":
      return `Commit ${tab.commit.slice(0, 7)}`;
    case "changes":
      return "My changes";
  }
}

export class Tabs {
  all = $state.raw<Tab[]>([]);
  active = $state.raw<Tab | null>(null);
  jump = $state.raw<Jump | null>(null);
  private serial = 0;

  constructor(
    private readonly shelf: Shelf,
    /** Something was opened. */
    private readonly opened: () => void = () => undefined,
  ) {
    const kept = shelf.read<{ all: Tab[]; active: number }>("tabs");
    this.all = kept?.all ?? [];
    this.active = this.all[kept?.active ?? 0] ?? null;
  }

  /** The file that is shown and can be edited. */
  get file(): string | null {
    return this.active?.kind === "file" ? this.active.path : null;
  }

  open(tab: Tab) {
    const known = this.all.find((other) => idOf(other) === idOf(tab));
    if (!known) this.all = [...this.all, tab];
    this.active = known ?? tab;
    this.keep();
    this.opened();
  }

  openAt(path: string, line: number, column = 0, to = line) {
    this.open({ kind: "file", path });
    this.jump = { path, line, to, column, serial: ++this.serial };
  }

  close(tab: Tab) {
    const index = this.all.findIndex((other) => idOf(other) === idOf(tab));
    if (index < 0) return;
    this.all = this.all.filter((_, at) => at !== index);
    if (this.active && idOf(this.active) === idOf(tab))
      this.active = this.all[Math.min(index, this.all.length - 1)] ?? null;
    this.keep();
  }

  move(by: number) {
    const index = this.all.findIndex((tab) => tab === this.active);
    const next = this.all[(index + by + this.all.length) % this.all.length];
    if (next) this.open(next);
  }

  renamed(from: string, to: string) {
    this.replace((tab) => (tab.kind === "file" && tab.path === from ? { kind: "file", path: to } : tab));
  }

  /** Closes tabs of files that are gone. */
  prune(exists: (path: string) => boolean) {
    for (const tab of this.all) if (tab.kind === "file" && !exists(tab.path)) this.close(tab);
  }

  private replace(change: (tab: Tab) => Tab) {
    const active = this.active;
    this.all = this.all.map((tab) => {
      const next = change(tab);
      if (tab === active) this.active = next;
      return next;
    });
    this.keep();
  }

  private keep() {
    this.shelf.write("tabs", { all: this.all, active: this.all.findIndex((tab) => tab === this.active) });
  }
}
