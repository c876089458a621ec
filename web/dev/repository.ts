/** A small repository for looking at the pages without a server. */

export const FILES: Record<string, string> = {
  "README.md":
    '# helpdesk\n\nAnswers questions from policy pages.\n\n    python -m helpdesk ask "When is a refund paid?"\n',
  "helpdesk/__init__.py": '"""Answers questions from policy pages."""\n',
  "helpdesk/corpus.py": `"""All versions of all pages, and which of them is in force."""

from dataclasses import dataclass, field

from helpdesk.pages import Page


@dataclass
class Corpus:
    """Pages by slug, every version of each."""

    versions: dict[str, list[Page]] = field(default_factory=dict)

    def add(self, page: Page) -> None:
        self.versions.setdefault(page.slug, []).append(page)

    def newest(self, slug: str) -> Page:
        """The version that is in force."""
        return max(self.versions[slug], key=lambda page: page.version)

    def is_superseded(self, page: Page) -> bool:
        return self.newest(page.slug) is not page

    def pages(self) -> list[Page]:
        return [page for pages in self.versions.values() for page in pages]
`,
  "helpdesk/pages.py": `"""Policy pages as Markdown with a few lines of front matter."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Page:
    slug: str
    version: str
    title: str
    text: str
    effective: str = ""

    @property
    def ref(self) -> str:
        return f"{self.slug}@{self.version}"


def read(source: str) -> Page:
    """A page from its text; the first lines are \`key: value\`."""
    head, _, body = source.partition("\\n\\n")
    meta = dict(line.split(": ", 1) for line in head.splitlines())
    return Page(meta["slug"], meta["version"], meta["title"], body, meta.get("effective", ""))
`,
  "helpdesk/retrieval.py": `"""Finds the passages for a question."""

from helpdesk.corpus import Corpus
from helpdesk.embedding import embed
from helpdesk.index import Hit, VectorIndex


def retrieve(question: str, corpus: Corpus, index: VectorIndex, top_k: int = 4) -> list[Hit]:
    """The best chunks for a question, best first, from pages that are in force."""

    def in_force(hit: Hit) -> bool:
        return not corpus.is_superseded(hit.page)

    return index.nearest(embed(question), top_k, keep=in_force)
`,
  "helpdesk/embedding.py":
    'def embed(text: str) -> list[float]:\n    """Hashes words into a vector; deterministic."""\n    return [float(len(word)) for word in text.split()]\n',
  "eval/metrics.py": `"""Scores of answers."""


def faithfulness(answer: str, chunks: list[str]) -> float:
    """The share of the answer's words that stand in the retrieved chunks."""
    words = set(answer.lower().split())
    found = set(" ".join(chunks).lower().split())
    return len(words & found) / max(1, len(words))
`,
  "tests/test_corpus.py": `from helpdesk.corpus import Corpus
from helpdesk.pages import Page


def page(version: str) -> Page:
    return Page("refunds", version, "Refunds", "Refunds are paid in five days.")


def test_the_newest_version_is_in_force():
    corpus = Corpus()
    for version in ("v1", "v2"):
        corpus.add(page(version))
    assert corpus.newest("refunds").version == "v2"


class TestSuperseded:
    def test_an_old_page_is_superseded(self):
        corpus = Corpus()
        old = page("v1")
        corpus.add(old)
        corpus.add(page("v2"))
        assert corpus.is_superseded(old)
`,
  "tests/test_metrics.py":
    'from eval.metrics import faithfulness\n\n\ndef test_a_copied_answer_is_faithful():\n    assert faithfulness("five days", ["paid in five days"]) == 1.0\n',
};

export const COMMITS = [
  [
    "8c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f60718293",
    "Tomas Brandt <tomas@helpdesk.example>",
    "2025-03-30T16:20:00+02:00",
    "Publish refunds v10 and shipping v10",
    "",
    "README.md",
  ],
  [
    "51b0c9d8e7f6a5b4c3d2e1f00112233445566778",
    "Ines Okafor <ines@helpdesk.example>",
    "2025-01-14T09:05:00+01:00",
    "Leave weak hits out of the prompt",
    "Low scores brought noise into the answers.",
    "helpdesk/retrieval.py",
  ],
  [
    "2f9a8b7c6d5e4f30213243546576879809a1b2c3",
    "Ines Okafor <ines@helpdesk.example>",
    "2024-09-19T09:55:00+02:00",
    "Keep every version of a page in one corpus",
    "The page in force is the one with the greatest version.",
    "helpdesk/corpus.py",
  ],
  [
    "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
    "Tomas Brandt <tomas@helpdesk.example>",
    "2024-03-03T09:12:00+01:00",
    "Start the package with its settings",
    "",
    "helpdesk/__init__.py",
  ],
].map(([id, author, when, subject, body, file]) => ({
  id: id ?? "",
  author: author ?? "",
  when: when ?? "",
  subject: subject ?? "",
  body: body ?? "",
  files: [file ?? ""],
}));

export const DIFF = `diff --git a/helpdesk/corpus.py b/helpdesk/corpus.py
--- a/helpdesk/corpus.py
+++ b/helpdesk/corpus.py
@@ -15,7 +15,8 @@ class Corpus:
 
     def newest(self, slug: str) -> Page:
         """The version that is in force."""
-        return self.versions[slug][-1]
+        pages = self.versions[slug]
+        return max(pages, key=lambda page: page.version)
 
     def is_superseded(self, page: Page) -> bool:
         return self.newest(page.slug) is not page
`;

export const BRIEF = {
  name: "helpdesk_rag",
  title: "The answers feel wrong",
  summary:
    "Support staff say that the assistant quotes rules that were replaced weeks ago, while every metric is green.",
  repository: "helpdesk_rag",
  head: COMMITS[0]?.id ?? "",
  minutes: 45,
  level: "senior",
  focus: ["retrieval", "evaluation"],
  text: '## What we see\n\nSince the spring policies went live, the desk quotes **old refund rules**: “five days” instead of “ten days”. It happens for *refunds* and *shipping*, never for *warranty*.\n\n- `faithfulness` on the eval set is 0.89, as before.\n- `pytest` is green.\n\n```text\n$ python -m helpdesk ask "When is a refund paid?"\nRefunds are paid within five days. [refunds@v9]\n```\n\n## What we need\n\nFind out why, mend it, and make sure that it does not come back unnoticed.\n',
  help: "ask" as const,
  stable: ["helpdesk.api.answer", "helpdesk.corpus.Corpus.newest"],
  phases: [
    { name: "understand", minutes: 12, hint: "Follow one question from the command line to the answer." },
    { name: "diagnose", minutes: 13, hint: "Find the place and the mechanism, and what shows it." },
    { name: "fix", minutes: 12, hint: "Mend the cause, with a test that fails without it." },
    { name: "extend", minutes: 8, hint: "Make the eval set notice this next time." },
  ],
  questions: [
    {
      id: "which_runs",
      text: "Which function decides whether a page's chunk may be retrieved?",
      choices: ["`Corpus.newest`", "`retrieve.in_force`", "`Page.ref`", "`VectorIndex.nearest`"],
    },
    {
      id: "returns",
      text: 'What does `max(["v9", "v10"])` return?',
      choices: ['`"v10"`', '`"v9"`', "It raises `TypeError`"],
    },
  ],
};

export const ANSWERS = [
  "`Corpus.newest` picks the version in force by comparing the `version` strings of a page:\n\n```python\nreturn max(self.versions[slug], key=lambda page: page.version)\n```\n\n`retrieve` calls `is_superseded` for every hit, so what `newest` says decides what the assistant may quote. `faithfulness` compares the answer with the retrieved chunks and nothing else.\n\n1. Look at `helpdesk/corpus.py`, lines 17–19.\n2. Compare with `tests/test_corpus.py`, which has only `v1` and `v2`.\n",
  "I still read it that way; the function is short, `eval/metrics.py` lines 4–8.\n\nIf you want to settle it, score an answer that repeats a superseded chunk.",
];

export const CARDS = [
  "While I have a moment: `is_superseded` in `helpdesk/corpus.py` keeps nothing between two calls, so it is as fast as `newest`.",
  "I went on reading. `faithfulness` counts words, so the order of the chunks does not change it.",
];
