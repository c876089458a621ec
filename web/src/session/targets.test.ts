import { describe, expect, test } from "vitest";
import { runWords, whereIn } from "./runs";
import { targetAt, testAt } from "./targets";
import { foldersWithout, fuzzy, pathProblem, rows } from "./tree";

const SOURCE = `import x


def helper():
    return 1


def test_one():
    a = 1

    assert a


class TestGroup:
    async def test_two(self):
        assert True

    def other(self):
        pass
`;

describe("the test under the cursor", () => {
  test.each([
    [1, null],
    [5, null],
    [8, "tests/test_x.py::test_one"],
    [10, "tests/test_x.py::test_one"],
    [11, "tests/test_x.py::test_one"],
    [16, "tests/test_x.py::TestGroup::test_two"],
  ])("line %i: %s", (line, expected) => {
    expect(testAt("tests/test_x.py", SOURCE, line)).toBe(expected);
  });

  test("a file that is no test file has none", () => {
    expect(testAt("x.py", SOURCE, 8)).toBeNull();
  });

  test.each([
    [null, [], []],
    ["tests/test_x.py", [], ["tests/test_x.py"]],
    ["pkg/x.py", ["tests/test_x.py"], ["tests/test_x.py"]],
    ["pkg/y.py", ["tests/test_x.py"], []],
  ])("without a test, %s runs its tests or all", (path, files, expected) => {
    expect(targetAt(path, "", 1, files)).toEqual(expected);
  });
});

describe("a run in words", () => {
  const base = { tests: [], output: "", truncated: false, wall_ms: 5 };
  const result = (id: string, outcome: string) => ({ id, outcome, ms: 1, message: "" });
  test.each([
    [
      { ...base, end: { type: "passed" as const }, tests: [result("a", "passed"), result("b", "skipped")] },
      "1 test passed, 1 skipped",
    ],
    [
      {
        ...base,
        end: { type: "failed" as const },
        tests: [result("a", "failed"), result("b", "error"), result("c", "passed")],
      },
      "2 failed, 1 passed",
    ],
    [{ ...base, end: { type: "no_tests" as const } }, "No test was found"],
    [{ ...base, end: { type: "limit" as const, which: "time" } }, "A limit ended the run"],
    [{ ...base, end: { type: "broken" as const, why: "pytest is missing" } }, "The run could not be judged"],
  ])("%o", (outcome, title) => {
    expect(runWords(outcome).title).toBe(title);
  });

  test.each([
    ["E  assert\n\ntests/test_x.py:12: AssertionError", { path: "tests/test_x.py", line: 12 }],
    ['  File "pkg/a.py", line 3, in f\n    raise', { path: "pkg/a.py", line: 3 }],
    ["nothing here", null],
  ])("a failure leads to its line", (message, place) => {
    expect(whereIn(message)).toEqual(place);
  });
});

describe("the file tree", () => {
  const files = ["b.py", "a/z.py", "a/b/c.py", "README.md"].map((path) => ({
    path,
    version: 0,
    status: "unchanged" as const,
  }));
  test("folders come first, each in order", () => {
    expect(rows(files, new Set()).map((row) => `${row.depth} ${row.name}`)).toEqual([
      "0 a",
      "1 b",
      "2 c.py",
      "1 z.py",
      "0 README.md",
      "0 b.py",
    ]);
  });
  test("a closed folder hides what lies in it, and shows that it changed", () => {
    const changed = files.map((file) => (file.path === "a/b/c.py" ? { ...file, status: "changed" as const } : file));
    const shown = rows(changed, new Set(["a"]));
    expect(shown.map((row) => row.name)).toEqual(["a", "README.md", "b.py"]);
    expect(shown[0]?.status).toBe("changed");
  });
  test("folders without code start closed", () => {
    const mixed = ["data/a/x.md", "data/y.md", "src/z.py", "src/deep/n.md"].map((path) => ({ ...files[0], path }));
    expect([...foldersWithout(mixed as typeof files, ".py")].sort()).toEqual(["data", "data/a", "src/deep"]);
  });
  test.each(["", "/a", "a/", "../a", "a/../b", "a//b", "a\\b", "b.py"])("%j is no path for a new file", (path) => {
    expect(pathProblem(path, files)).not.toBeNull();
  });
  test("a new path is one", () => {
    expect(pathProblem("tests/test_new.py", files)).toBeNull();
  });
  test("a name is found by a part of it, best first", () => {
    const names = ["tests/test_metrics.py", "eval/metrics.py", "helpdesk/corpus.py"];
    const found = names.flatMap((name) => (fuzzy("metr", name) === null ? [] : [name]));
    expect(found).toEqual(["tests/test_metrics.py", "eval/metrics.py"]);
    expect(fuzzy("xyz", "eval")).toBeNull();
  });
});
