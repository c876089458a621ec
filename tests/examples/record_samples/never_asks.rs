//! Works alone: reads, searches, tries, and overlooks the second place.

use crate::person::Person;
use domain::event::RunEnd::{Failed, Passed};

pub(crate) async fn play(person: &mut Person<'_>) {
    person.think(80);
    person.read("README.md", (1, 58), 75).await;
    person.run(&[], Passed).await;
    person.think(10);
    person.read("helpdesk/__main__.py", (1, 7), 10).await;
    person.read("data/eval_set.json", (1, 60), 65).await;
    person.read("helpdesk/cli.py", (1, 77), 60).await;
    person.read("helpdesk/api.py", (1, 91), 110).await;
    person.search("faithfulness").await;
    person.read("helpdesk/evaluation/metrics.py", (1, 33), 70).await;
    let metric = person.suppose("The metric never looks at which version a chunk is from").await;
    person.read("helpdesk/evaluation/report.py", (1, 58), 45).await;
    person.read("helpdesk/retrieval.py", (1, 20), 30).await;
    person.search("is_superseded").await;
    person.read("helpdesk/corpus.py", (1, 68), 70).await;
    person.search("sort_key").await;
    person.read("helpdesk/versions.py", (1, 23), 50).await;
    let order = person.suppose("sort_key compares labels as text: \"10\" sorts before \"9\"").await;
    person.read("tests/test_versions.py", (1, 29), 35).await;
    reproduce(person).await;
    person
        .settle(
            &order,
            "sort_key compares labels as text: \"10\" sorts before \"9\"",
            "confirmed",
            "my test is red: v9 wins",
        )
        .await;
    person
        .settle(
            &metric,
            "The metric never looks at which version a chunk is from",
            "confirmed",
            "faithfulness(answer, chunks) has no corpus",
        )
        .await;
    fix(person).await;
    person.choose("sources_order", 3).await;
    person.choose("my_or_the", 2).await;
    person.choose("footnote_mark", 3).await;
    person
        .submit(
            "Version labels are compared as text in versions.sort_key, so v10 counts as older than v9 and the current page \
             of refunds, shipping and warranty is taken for superseded. I pad all numbers of the label, so text order and \
             number order agree. The tests for the order stopped at v9, which is why they stayed green. The two numbers on \
             the dashboard only compare words with the passages that were found.",
        )
        .await;
}

async fn reproduce(person: &mut Person<'_>) {
    person
        .replace(
            "tests/test_versions.py",
            "    labels = [f\"v{number}\" for number in range(1, 10)]\n",
            "    labels = [f\"v{number}\" for number in range(1, 120)]\n",
        )
        .await;
    person
        .append(
            "tests/test_api.py",
            "\n\
             \n\
             @pytest.mark.parametrize(\"slug\", [\"refunds\", \"shipping\", \"warranty\"])\n\
             def test_the_tenth_version_is_in_force(slug):\n    \
                 assert api.page(slug)[\"version\"] == \"v10\"\n",
        )
        .await;
    person.run(&["tests/test_versions.py", "tests/test_api.py"], Failed).await;
    person.think(25);
}

async fn fix(person: &mut Person<'_>) {
    let versions = "helpdesk/versions.py";
    let joined = "    return \".\".join([number, *(correction.zfill(3) for correction in corrections)])\n";
    person.replace(versions, "    number, *corrections = parts(label)\n", "").await;
    person.replace(versions, joined, "    return tuple(int(part) for part in parts(label))\n").await;
    person.run(&[], Failed).await;
    person.think(30);
    person.read("helpdesk/index.py", (46, 71), 60).await;
    person
        .replace(
            versions,
            "    return tuple(int(part) for part in parts(label))\n",
            "    return \".\".join(part.zfill(4) for part in parts(label))\n",
        )
        .await;
    person.run(&[], Passed).await;
    person.think(40);
}
