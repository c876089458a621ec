import { describe, expect, test } from "vitest";
import { parseDiff } from "./diff";

const CHANGED = `diff --git a/x/a.py b/x/a.py
index 111..222 100644
--- a/x/a.py
+++ b/x/a.py
@@ -1,3 +1,4 @@ def f():
 one
-two
+2
+two and a half
 three
@@ -10 +11 @@
--- a minus line
+++ a plus line
`;

describe("a unified diff", () => {
  test("has its lines numbered on both sides", () => {
    const [file] = parseDiff(CHANGED);
    expect(file).toMatchObject({ before: "x/a.py", after: "x/a.py", added: 3, removed: 2 });
    expect(file?.hunks[0]?.header).toBe("def f():");
    expect(file?.hunks[0]?.lines).toEqual([
      { kind: "same", text: "one", before: 1, after: 1 },
      { kind: "removed", text: "two", before: 2, after: null },
      { kind: "added", text: "2", before: null, after: 2 },
      { kind: "added", text: "two and a half", before: null, after: 3 },
      { kind: "same", text: "three", before: 3, after: 4 },
    ]);
  });

  test("takes lines that look like headers for what they are", () => {
    expect(parseDiff(CHANGED)[0]?.hunks[1]?.lines.map((line) => line.text)).toEqual([
      "-- a minus line",
      "++ a plus line",
    ]);
  });

  test.each([
    [
      "new",
      "diff --git a/n b/n\nnew file mode 100644\n--- /dev/null\n+++ b/n\n@@ -0,0 +1 @@\n+x\n",
      { before: null, after: "n", added: 1 },
    ],
    [
      "deleted",
      "diff --git a/n b/n\ndeleted file mode 100644\n--- a/n\n+++ /dev/null\n@@ -1 +0,0 @@\n-x\n",
      { before: "n", after: null, removed: 1 },
    ],
    ["empty and new", "diff --git a/e b/e\nnew file mode 100644\n", { before: null, after: "e", added: 0 }],
    [
      "without a git line",
      "--- a/p\n+++ b/p\n@@ -1 +1 @@\n-a\n+b\n",
      { before: "p", after: "p", added: 1, removed: 1 },
    ],
  ])("tells that a file is %s", (_, diff, expected) => {
    expect(parseDiff(diff)).toHaveLength(1);
    expect(parseDiff(diff)[0]).toMatchObject(expected);
  });

  test("holds several files", () => {
    expect(parseDiff(CHANGED + CHANGED.replaceAll("x/a.py", "b.py")).map((file) => file.after)).toEqual([
      "x/a.py",
      "b.py",
    ]);
  });

  test("marks a last line without a line feed", () => {
    const [file] = parseDiff("--- a/p\n+++ b/p\n@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\n");
    expect(file?.hunks[0]?.lines.at(-1)).toMatchObject({ text: "b", open: true });
  });

  test("passes over text that is no diff", () => {
    expect(parseDiff("Author: me\n\nA message\n---\n")).toEqual([]);
    expect(parseDiff("")).toEqual([]);
  });
});
