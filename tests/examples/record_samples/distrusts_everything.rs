//! Takes no word for granted, and no word for true either: every answer is flagged.

use crate::person::Person;
use domain::event::RunEnd::{Failed, Passed};

pub(crate) async fn play(person: &mut Person<'_>) {
    person.think(90);
    person.read("README.md", (1, 58), 90).await;
    asks(person).await;
    alone(person).await;
    person.choose("sources_order", 1).await;
    person.choose("footnote_mark", 1).await;
    person
        .submit(
            "sort_key builds text, and a number with one digit sorts behind one with two, so v10 comes before v9 and the old \
             page stays current. I pad the number to two digits and let the index walk the versions in that order. Nothing \
             the assistant said was of any use.",
        )
        .await;
}

async fn asks(person: &mut Person<'_>) {
    let answer = person.ask("Give me an overview of the architecture.").await;
    person.think(9);
    person.flag_all(answer, "A summary from a machine, I will read it myself").await;
    person.read("helpdesk/api.py", (28, 91), 60).await;
    let answer = person.ask("what does faithfulness measure").await;
    person.think(5);
    person.flag_all(answer, "I do not believe a word of it").await;
    let answer = person.ask("Are you sure?").await;
    person.think(3);
    person.flag_all(answer, "It only repeats itself").await;
    let answer = person.ask("how are version labels compared").await;
    person.think(5);
    person.flag(answer, "`v7.2` becomes `7.002`", "Looks invented, who would pad like that").await;
    let answer = person.ask("is top_k too small?").await;
    person.think(5);
    person.flag(answer, "A larger `top_k` is of no help in getting past them", "Of course more results help").await;
    let answer = person.ask("are the chunks too big?").await;
    person.think(6);
    person.flag_all(answer, "I do not trust this either").await;
    person.read("helpdesk/chunking.py", (19, 39), 30).await;
    let answer = person.ask("can the effective date decide which page is in force").await;
    person.think(5);
    person.flag_all(answer, "That is a guess about the data").await;
    let answer = person.ask("can I just remove the in_force filter?").await;
    person.think(6);
    person.flag(answer, "that is enough for the new one", "No proof given").await;
    let answer = person.ask("under which page is an unchanged chunk kept?").await;
    person.think(5);
    person.flag_all(answer, "Wrong, I am sure").await;
    let answer = person.ask("which tests cover newest?").await;
    person.think(5);
    person.flag(answer, "21 tests", "I doubt that number").await;
    person.think(2);
    person.flag_all(answer, "And the rest of it").await;
}

async fn alone(person: &mut Person<'_>) {
    person.read("helpdesk/cli.py", (1, 77), 85).await;
    person.read("helpdesk/corpus.py", (1, 68), 130).await;
    person.read("helpdesk/versions.py", (1, 23), 90).await;
    let idea = "v10 sorts before v9 because sort_key is text";
    let noted = person.suppose(idea).await;
    person
        .append(
            "tests/test_versions.py",
            "\n\
             \n\
             def test_ten_comes_after_nine():\n    \
                 assert sort_key(\"v9\") < sort_key(\"v10\")\n",
        )
        .await;
    person.run(&["tests/test_versions.py"], Failed).await;
    person.settle(&noted, idea, "confirmed", "assert '9' < '10' fails").await;
    person
        .replace(
            "helpdesk/versions.py",
            "    return \".\".join([number, *(correction",
            "    return \".\".join([number.zfill(2), *(correction",
        )
        .await;
    person.run(&[], Passed).await;
    person.think(30);
    person.read("helpdesk/index.py", (31, 71), 80).await;
    person
        .replace(
            "helpdesk/index.py",
            "key=lambda page: page.ref)",
            "key=lambda page: (page.slug, sort_key(page.version)))",
        )
        .await;
    person.think(15);
    person.run(&[], Passed).await;
    person.think(25);
}
