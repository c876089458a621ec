import { expect, test } from "vitest";
import { placeIn } from "./place";

const exists = (path: string) => ["helpdesk/corpus.py", "README.md"].includes(path);

test.each([
  ["helpdesk/corpus.py", { path: "helpdesk/corpus.py", line: 1, to: 1 }],
  ["helpdesk/corpus.py:14", { path: "helpdesk/corpus.py", line: 14, to: 14 }],
  ["helpdesk/corpus.py:14-16", { path: "helpdesk/corpus.py", line: 14, to: 16 }],
  ["helpdesk/corpus.py:16-14", { path: "helpdesk/corpus.py", line: 16, to: 16 }],
  ["helpdesk/corpus.py:0", { path: "helpdesk/corpus.py", line: 1, to: 1 }],
  ["helpdesk/corpus.py::Corpus::newest", { path: "helpdesk/corpus.py", line: 1, to: 1 }],
  ["README.md:3", { path: "README.md", line: 3, to: 3 }],
  ["helpdesk/pages.py:3", null],
  ["newest", null],
  ["python -m helpdesk", null],
  ["helpdesk/corpus.py: 3", null],
  ["", null],
])("%o names %o", (code, place) => {
  expect(placeIn(code, exists)).toEqual(place);
});
