/** Unified diffs as data. */

export interface DiffLine {
  kind: "same" | "added" | "removed";
  text: string;
  before: number | null;
  after: number | null;
  /** The file's last line has no line feed. */
  open?: boolean;
}
export interface Hunk {
  header: string;
  lines: DiffLine[];
}
export interface FileDiff {
  before: string | null;
  after: string | null;
  added: number;
  removed: number;
  hunks: Hunk[];
}

/** The files of a unified diff; text that is none of it (a commit message) is passed over. */
export function parseDiff(diff: string): FileDiff[] {
  const files: FileDiff[] = [];
  let file: FileDiff | null = null;
  let hunk: Hunk | null = null;
  let [before, after, beforeLeft, afterLeft] = [0, 0, 0, 0];

  for (const line of diff.split("\n")) {
    if (hunk && file && (beforeLeft > 0 || afterLeft > 0)) {
      const mark = line[0] ?? " ";
      const text = line.slice(1);
      if (mark === "+") {
        hunk.lines.push({ kind: "added", text, before: null, after: after++ });
        file.added++;
        afterLeft--;
        continue;
      }
      if (mark === "-") {
        hunk.lines.push({ kind: "removed", text, before: before++, after: null });
        file.removed++;
        beforeLeft--;
        continue;
      }
      if (mark === " ") {
        hunk.lines.push({ kind: "same", text, before: before++, after: after++ });
        beforeLeft--;
        afterLeft--;
        continue;
      }
    }
    if (line.startsWith("\\")) {
      const last = hunk?.lines.at(-1);
      if (last) last.open = true;
      continue;
    }
    const range = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)$/.exec(line);
    if (range && file) {
      [before, after] = [Number(range[1]), Number(range[3])];
      [beforeLeft, afterLeft] = [Number(range[2] ?? 1), Number(range[4] ?? 1)];
      hunk = { header: range[5] ?? "", lines: [] };
      file.hunks.push(hunk);
    } else if (line.startsWith("diff --git ")) {
      file = { ...gitNames(line), added: 0, removed: 0, hunks: [] };
      files.push(file);
      hunk = null;
    } else if (line.startsWith("--- ")) {
      if (!file || file.hunks.length > 0) {
        file = { before: null, after: null, added: 0, removed: 0, hunks: [] };
        files.push(file);
        hunk = null;
      }
      file.before = name(line);
    } else if (line.startsWith("+++ ") && file) {
      file.after = name(line);
    } else if (file && line.startsWith("new file mode")) {
      file.before = null;
    } else if (file && line.startsWith("deleted file mode")) {
      file.after = null;
    }
  }
  return files;
}

function gitNames(line: string): { before: string | null; after: string | null } {
  const match = /^diff --git a\/(.*) b\/(.*)$/.exec(line);
  return { before: match?.[1] ?? null, after: match?.[2] ?? null };
}

function name(line: string): string | null {
  const path = line.slice(4).split("\t")[0] ?? "";
  if (path === "/dev/null") return null;
  return path.replace(/^[ab]\//, "");
}
