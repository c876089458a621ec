/** Places in the repository as answers write them: `a/b.py`, `a/b.py:12`, `a/b.py:12-20`, `a/b.py::name`. */

export interface Place {
  path: string;
  /** From 1; none is named: the file's beginning. */
  line: number;
  to: number;
}

/** The place that a piece of code names; null when it names none of the files. */
export function placeIn(code: string, exists: (path: string) => boolean): Place | null {
  const match = /^([^\s:]+)(?::(\d{1,6})(?:[-–](\d{1,6}))?|::[\w:[\]-]+)?$/.exec(code.trim());
  const path = match?.[1];
  if (path === undefined || !exists(path)) return null;
  const line = Math.max(1, Number(match?.[2] ?? 1));
  return { path, line, to: Math.max(line, Number(match?.[3] ?? line)) };
}
