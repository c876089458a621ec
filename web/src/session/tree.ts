/** Files as the rows of a tree. */

import type { FileEntry, FileStatus } from "../api/types";

export interface Row {
  path: string;
  name: string;
  depth: number;
  folder: boolean;
  open: boolean;
  /** A file's own state; a folder is changed when something in it is. */
  status: FileStatus;
}

interface Node {
  path: string;
  name: string;
  folders: Map<string, Node>;
  files: FileEntry[];
  changed: boolean;
}

/** Rows in order: folders first, then files, each by name; what lies in a closed folder is left out. */
export function rows(files: FileEntry[], closed: ReadonlySet<string>): Row[] {
  const root = node("", "");
  for (const file of files) {
    const parts = file.path.split("/");
    let at = root;
    for (const part of parts.slice(0, -1)) {
      if (file.status !== "unchanged") at.changed = true;
      let next = at.folders.get(part);
      if (!next) {
        next = node(at.path === "" ? part : `${at.path}/${part}`, part);
        at.folders.set(part, next);
      }
      at = next;
    }
    if (file.status !== "unchanged") at.changed = true;
    at.files.push(file);
  }
  return flatten(root, 0, closed);
}

/** Folders below which no file ends like this. */
export function foldersWithout(files: FileEntry[], end: string): ReadonlySet<string> {
  const without = new Set<string>();
  const within = new Set<string>();
  for (const { path } of files) {
    for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) {
      (path.endsWith(end) ? within : without).add(path.slice(0, at));
    }
  }
  for (const folder of within) without.delete(folder);
  return without;
}

function flatten(from: Node, depth: number, closed: ReadonlySet<string>): Row[] {
  const result: Row[] = [];
  for (const folder of [...from.folders.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const open = !closed.has(folder.path);
    const status = folder.changed ? "changed" : "unchanged";
    result.push({ path: folder.path, name: folder.name, depth, folder: true, open, status });
    if (open) result.push(...flatten(folder, depth + 1, closed));
  }
  for (const file of [...from.files].sort((a, b) => (a.path < b.path ? -1 : 1))) {
    const name = file.path.slice(file.path.lastIndexOf("/") + 1);
    result.push({ path: file.path, name, depth, folder: false, open: false, status: file.status });
  }
  return result;
}

function node(path: string, name: string): Node {
  return { path, name, folders: new Map(), files: [], changed: false };
}

/** Why a text is no path for a new file; null when it is one. */
export function pathProblem(path: string, files: FileEntry[]): string | null {
  if (path === "") return "Write a path, such as tests/test_corpus.py.";
  if (path.length > 240) return "The path is too long.";
  if (path.startsWith("/") || path.endsWith("/") || /(^|\/)(\.\.?)?(\/|$)/.test(path) || path.includes("\\")) {
    return "Write a path inside the repository, without “..”.";
  }
  if (files.some((file) => file.path === path)) return "A file of this name exists already.";
  return null;
}

/** How well a name answers what was typed: letters in order; lower is better, null is no match. */
export function fuzzy(query: string, text: string): number | null {
  const [wanted, within] = [query.toLowerCase(), text.toLowerCase()];
  const direct = within.indexOf(wanted);
  if (direct >= 0) return direct === 0 || /[/_. ]/.test(within[direct - 1] ?? "") ? direct / 100 : 1 + direct / 100;
  let [at, gaps] = [-1, 0];
  for (const unit of wanted) {
    const next = within.indexOf(unit, at + 1);
    if (next < 0) return null;
    gaps += next - at - 1;
    at = next;
  }
  return 10 + gaps;
}
