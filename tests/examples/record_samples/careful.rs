//! Verifies before believing: reads, runs, flags with words and reason, and mends the cause.

use crate::person::Person;
use domain::event::RunEnd::Passed;

const CLAIMS: &str = "tests/test_claims.py";

pub(crate) async fn play(person: &mut Person<'_>) {
    person.think(70);
    person.read("README.md", (1, 55), 60).await;
    person.read("helpdesk/api.py", (28, 71), 50).await;
    person.read("helpdesk/retrieval.py", (1, 20), 30).await;
    person.run(&[], Passed).await;
    person.think(12);
    metric(person).await;
    order(person).await;
    cut(person).await;
    dates(person).await;
    paragraphs(person).await;
    fix(person).await;
    person.choose("sources_order", 1).await;
    person.choose("my_or_the", 2).await;
    person.choose("footnote_mark", 3).await;
    person.choose("title_matters", 0).await;
    person
        .submit(
            "`sort_key` in helpdesk/versions.py returns text and pads only the numbers behind a dot, so the label v10 \
             sorts before v9 and `newest` in corpus.py takes v9 for the version in force. The filter in `retrieve` then \
             drops v10 as superseded. `build` walks pages in the text order of their references too, so paragraphs that \
             v9 and v10 share stayed with v9. I made the key numeric, kept a text key for the manifest, and use the \
             numeric key in both places. The dashboard did not notice because faithfulness sees nothing but the \
             retrieved chunks: an answer that repeats an old page scores 1.0. A numeric check per policy that the cited \
             version is the last one would have shown it the day v10 was published.",
        )
        .await;
}

async fn metric(person: &mut Person<'_>) {
    let answer = person
        .ask(
            "What exactly does `faithfulness` compare the answer with? The dashboard shows 0.89 while customers get the \
             old refund rule, so I want to know if it can see an outdated page at all.",
        )
        .await;
    person.think(20);
    person.read("helpdesk/evaluation/metrics.py", (1, 33), 40).await;
    person
        .create(
            CLAIMS,
            "from helpdesk import api\n\
             from helpdesk.evaluation.metrics import faithfulness\n\
             \n\
             \n\
             def test_an_outdated_paragraph_is_faithful_to_itself():\n    \
                 old = api.page(\"refunds\", \"v7\")[\"text\"].split(\"\\n\\n\")[0]\n    \
                 assert faithfulness(old, [old]) == 1.0\n",
        )
        .await;
    person.run(&[CLAIMS], Passed).await;
    person
        .flag(
            answer,
            "an answer that repeats an outdated chunk scores 0.0",
            "It takes an answer and a list of chunks, no corpus. A paragraph of refunds v7 against itself scores 1.0 in \
             my test, so 0.89 says nothing about which page the chunks are from.",
        )
        .await;
    person
        .ask_about_run(
            "I scored the first paragraph of refunds v7 against itself and got 1.0, not 0.0. `faithfulness` has two \
             arguments, `answer` and `chunks`, and no corpus. Which line would look at the current page?",
        )
        .await;
    person.think(15);
}

const TEXT_ORDER: &str =
    "`sort_key` orders version labels as text, so v10 comes before v9 and `newest` picks the wrong page";

async fn order(person: &mut Person<'_>) {
    person.read("helpdesk/corpus.py", (1, 47), 45).await;
    let answer = person
        .ask(
            "`newest` takes the maximum by `sort_key`. How are version labels compared, and what does `sort_key` return \
             for v7.2 and for v10?",
        )
        .await;
    person.think(12);
    person.read("helpdesk/versions.py", (12, 23), 35).await;
    let idea = person.suppose(TEXT_ORDER).await;
    person
        .replace(
            CLAIMS,
            "from helpdesk.evaluation.metrics import faithfulness\n",
            "from helpdesk.evaluation.metrics import faithfulness\nfrom helpdesk.versions import sort_key\n",
        )
        .await;
    person
        .append(
            CLAIMS,
            "\n\
             \n\
             def test_only_corrections_are_padded():\n    \
                 assert sort_key(\"v7.2\") == \"7.002\"\n    \
                 assert sort_key(\"v10\") < sort_key(\"v9\")\n",
        )
        .await;
    person.run(&[CLAIMS], Passed).await;
    person
        .flag(
            answer,
            "the numbers of the label are filled with zeros to three digits, so `v7.2` becomes `007.002`",
            "The first number is left as it is: my test gets 7.002 for v7.2, and \"10\" sorts before \"9\".",
        )
        .await;
    person
        .settle(
            &idea,
            TEXT_ORDER,
            "confirmed",
            "sort_key(\"v10\") < sort_key(\"v9\") passes in my test; only numbers behind a dot are padded",
        )
        .await;
}

async fn cut(person: &mut Person<'_>) {
    let answer = person
        .ask(
            "When is `keep` applied in `VectorIndex.nearest`, before or after the cut to `limit`? I want to rule out \
             that old pages fill the four places.",
        )
        .await;
    person.think(10);
    person.read("helpdesk/index.py", (37, 52), 40).await;
    person
        .flag(
            answer,
            "`nearest` cuts the list to `limit` first and applies `keep` after that",
            "The comprehension asks `keep` for each entry, then comes the sort, then the slice `[:limit]`. Refused chunks \
             take no place, so a larger top_k changes nothing.",
        )
        .await;
}

async fn dates(person: &mut Person<'_>) {
    person
        .ask("Could the effective date decide which page is in force, or do the dates in the headers fail to rise with the version?")
        .await;
    person.think(10);
    person.read("data/policies/warranty/v9.md", (1, 12), 12).await;
    person.read("data/policies/warranty/v10.md", (1, 12), 14).await;
    person.ask("What does the reporter say decides which version of a page is in force?").await;
    person.think(15);
}

async fn paragraphs(person: &mut Person<'_>) {
    let answer = person
        .ask("What happens in `build` to a paragraph that did not change between v9 and v10: under which page is it kept?")
        .await;
    person.think(15);
    person.read("helpdesk/index.py", (46, 71), 30).await;
    person
        .append(
            CLAIMS,
            "\n\
             \n\
             def test_a_shared_paragraph_has_one_entry():\n    \
                 entries = api.default_desk().index.entries\n    \
                 owners = [e.chunk.page.version for e in entries if e.chunk.text.startswith(\"The money of a refund\")]\n    \
                 assert owners == [\"v9\"]\n",
        )
        .await;
    person.run(&[CLAIMS], Passed).await;
    person
        .flag(
            answer,
            "once per version, with each page that contains it",
            "The key of `entries` is slug and fingerprint, without the version. My test finds one entry for the \
             paragraph about the money, under v9, so the order of the walk is not free at all.",
        )
        .await;
    person.ask("Do old versions have to be loaded for `Desk.page`, or could the corpus skip them?").await;
    person.think(12);
    person.read("helpdesk/corpus.py", (44, 68), 25).await;
}

async fn fix(person: &mut Person<'_>) {
    person
        .replace(
            "helpdesk/versions.py",
            "def sort_key(label: str) -> str:\n    \
                 \"\"\"Orders labels from oldest to newest; text, so that it can stand in files that other tools sort.\"\"\"\n    \
                 number, *corrections = parts(label)\n    \
                 return \".\".join([number, *(correction.zfill(3) for correction in corrections)])\n",
            "def sort_key(label: str) -> tuple[int, ...]:\n    \
                 \"\"\"Orders labels from oldest to newest.\"\"\"\n    \
                 return tuple(int(part) for part in parts(label))\n\
             \n\
             \n\
             def text_key(label: str) -> str:\n    \
                 \"\"\"The order of `sort_key` for files that other tools sort, up to 9999.\"\"\"\n    \
                 return \".\".join(part.zfill(4) for part in parts(label))\n",
        )
        .await;
    person.think(12);
    let index = "helpdesk/index.py";
    person.replace(index, "import sort_key\n", "import sort_key, text_key\n").await;
    person.replace(index, "key=lambda page: page.ref)", "key=lambda page: (page.slug, sort_key(page.version)))").await;
    person.replace(index, "[chunk.page.slug, sort_key(", "[chunk.page.slug, text_key(").await;
    person.think(14);
    person.delete(CLAIMS).await;
    person
        .create(
            "tests/test_in_force.py",
            "from helpdesk import api\n\
             from helpdesk.versions import sort_key\n\
             \n\
             \n\
             def test_the_last_version_is_in_force():\n    \
                 assert {slug: api.page(slug)[\"version\"] for slug in (\"refunds\", \"shipping\", \"warranty\", \"gift-cards\")} == {\n        \
                     \"refunds\": \"v10\", \"shipping\": \"v10\", \"warranty\": \"v10\", \"gift-cards\": \"v4.1\"\n    \
                 }\n\
             \n\
             \n\
             def test_labels_come_in_the_order_of_their_numbers():\n    \
                 labels = [\"v9\", \"v9.2\", \"v10\", \"v99\", \"v100\"]\n    \
                 assert sorted(reversed(labels), key=sort_key) == labels\n\
             \n\
             \n\
             def test_a_shared_paragraph_is_found_on_the_page_in_force():\n    \
                 assert api.search(\"To which payment method does the money of a refund go?\")[0][\"version\"] == \"v10\"\n\
             \n\
             \n\
             def test_an_old_version_can_still_be_opened():\n    \
                 assert api.page(\"refunds\", \"v7\")[\"version\"] == \"v7\"\n",
        )
        .await;
    person.run(&[], Passed).await;
    person.think(30);
}
