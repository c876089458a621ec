//! A small Python project, as the tests see it.

use std::sync::Arc;

pub(crate) const FILES: &[(&str, &str)] = &[
    (
        "helpdesk/__init__.py",
        "\"\"\"Answers from the handbook.\"\"\"\nfrom .corpus import Corpus, newest as latest\nfrom .text import *\n__all__ = ['Corpus', 'latest']\n",
    ),
    (
        "helpdesk/corpus.py",
        r#""""Keeps the documents."""
from __future__ import annotations

import dataclasses
import os.path
from typing import Iterator, Optional

from . import text
from .text import normalise as clean, STOP_WORDS

LIMIT = 20
_cache: dict[str, "Document"] = {}
shorten = lambda body, size=LIMIT: body[:size]


@dataclasses.dataclass(frozen=True)
class Document:
    """One document.

    More about it.
    """

    name: str
    body: str = ""
    version: int = 1

    @property
    def title(self) -> str:
        return clean(self.name)

    @title.setter
    def title(self, value):
        self._title = value


class Base:
    def save(self):
        return self.flush()

    def flush(self):
        raise NotImplementedError


class Corpus(Base):
    """All documents."""

    def __init__(self, folder: str, backup: Optional[Corpus] = None):
        super().__init__()
        self.folder = folder
        self.backup = backup
        self.documents: list[Document] = []
        self.first = Document("a")

    def flush(self):
        if self.backup is not None:
            self.backup.flush()
        return os.path.join(self.folder, self.first.title)

    def search(self, words, *, limit=LIMIT) -> Iterator[Document]:
        def matches(document):
            return any(word in document.body for word in words)

        found = [document for document in self.documents if matches(document)]
        if (count := len(found)) > limit:
            found = found[:limit]
        return newest(found, count)

    class Meta:
        ordering = "name"

    @staticmethod
    def build(path) -> "Corpus":
        return Corpus(path)


def newest(documents, count=None):
    """The newest version of each."""
    global _cache
    by_name = {}
    for document in documents:
        match document:
            case Document(name=name, version=version) if version > 0:
                by_name[name] = document
            case {"name": other, **rest}:
                by_name[other] = rest
            case _:
                pass
    _cache = by_name
    return list(by_name.values())
"#,
    ),
    (
        "helpdesk/text.py",
        r#"STOP_WORDS = {"a", "the"}
type Words = list[str]


def normalise(text):
    words = tokenize(text)
    return " ".join(word for word in words if word not in STOP_WORDS)


def tokenize(text: str) -> Words:
    return text.lower().split()


def _private():
    pass


async def fetch[T: str](url: T) -> T:
    return url
"#,
    ),
    (
        "helpdesk/app.py",
        r#"import helpdesk.corpus
import helpdesk.text as t
from helpdesk import Corpus, latest
from helpdesk.text import *
import requests


def main(folder):
    corpus = Corpus(folder)
    corpus.save()
    hits = corpus.search(tokenize("a question"), limit=3)
    latest(hits)
    helpdesk.corpus.newest(hits)
    t.normalise("x")
    requests.get("u")
    other = Corpus.build(folder)
    other.flush()
    return unknown_thing.flush()


class Counter:
    total = 0

    def bump(self):
        def inner():
            nonlocal step
            step = 2
            return step
        step = 1
        self.total += inner()
        return [total for total in [self.total]]
"#,
    ),
    (
        "tests/conftest.py",
        "import pytest\nfrom helpdesk.corpus import Corpus\n\n\n@pytest.fixture\ndef corpus(tmp_path):\n    return Corpus(tmp_path)\n",
    ),
    (
        "tests/test_corpus.py",
        r#"import unittest
from helpdesk import corpus as module
from helpdesk.app import main


def test_newest_keeps_the_last():
    assert module.newest([]) == []


def test_search(corpus):
    assert list(corpus.search(["a"])) == []


def test_main(tmp_path):
    main(tmp_path)


class CorpusTest(unittest.TestCase):
    def setUp(self):
        self.documents = [module.Document("a")]

    def test_title(self):
        assert self.documents[0].title == "a"


def helper():
    return module.newest([])
"#,
    ),
];

pub(crate) fn files() -> Vec<(String, Arc<str>)> {
    FILES.iter().map(|(path, text)| ((*path).to_owned(), Arc::from(*text))).collect()
}

pub(crate) fn index() -> code_index::Index {
    code_index::Index::build(files(), 2)
}

pub(crate) fn text(path: &str) -> &'static str {
    FILES.iter().find(|(known, _)| *known == path).map(|(_, text)| *text).expect("a file of the fixture")
}
