/** Which tests Ctrl/Cmd+Enter runs. */

import { basename } from "../text/format";

export function isTestFile(path: string): boolean {
  const name = basename(path);
  return name.endsWith(".py") && (name.startsWith("test_") || name.endsWith("_test.py"));
}

/** The test around a line, as pytest names it; null when the line belongs to none. */
export function testAt(path: string, text: string, line: number): string | null {
  if (!isTestFile(path)) return null;
  const lines = text.split("\n");
  let test: { name: string; indent: number } | null = null;
  for (let at = Math.min(line, lines.length) - 1; at >= 0; at--) {
    const source = lines[at] ?? "";
    if (source.trim() === "") continue;
    const indent = source.length - source.trimStart().length;
    const found = /^\s*(?:async\s+)?def\s+(test\w*)\s*\(/.exec(source);
    if (!test && found) {
      test = { name: found[1] ?? "", indent };
      if (indent === 0) return `${path}::${test.name}`;
    } else if (!test && indent === 0 && at < line - 1 && /^(def|class|async def)\b/.test(source)) {
      return null;
    } else if (test && indent < test.indent) {
      const owner = /^\s*class\s+(\w+)/.exec(source);
      return owner ? `${path}::${owner[1]}::${test.name}` : null;
    }
  }
  return null;
}

/** The test under the cursor, else the tests of the file, else everything. */
export function targetAt(path: string | null, text: string, line: number, files: string[]): string[] {
  if (path === null) return [];
  const test = testAt(path, text, line);
  if (test) return [test];
  if (isTestFile(path)) return [path];
  const name = basename(path).replace(/\.py$/, "");
  const own = files.find((file) => isTestFile(file) && basename(file) === `test_${name}.py`);
  return own ? [own] : [];
}

export function targetWords(target: string[]): string {
  if (target.length === 0) return "all tests";
  return target.map((one) => (one.includes("::") ? (one.split("::").at(-1) ?? one) : one)).join(", ");
}
