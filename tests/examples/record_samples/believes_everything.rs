//! Asks vaguely, believes what comes, and builds on it.

use crate::person::Person;
use domain::event::RunEnd::{Failed, Passed};

pub(crate) async fn play(person: &mut Person<'_>) {
    person.think(95);
    person.read("README.md", (1, 58), 100).await;
    person.read("data/eval_set.json", (1, 60), 70).await;
    person.ask("how does this thing work").await;
    person.think(8);
    person.ask("can you find the bug?").await;
    person.think(8);
    person.read("helpdesk/api.py", (1, 91), 110).await;
    person.read("helpdesk/cli.py", (1, 77), 95).await;
    person.ask("what does faithfulness measure? could it be wrong").await;
    person.think(40);
    let idea = "The current page does not make it into the top four because top_k is too small";
    person.ask("why does the current page not make it into the top four").await;
    person.think(10);
    let noted = person.suppose(idea).await;
    person.ask("would a larger top_k help?").await;
    person.think(10);
    person.read("helpdesk/config.py", (10, 19), 15).await;
    person.replace("helpdesk/config.py", "top_k: int = 4", "top_k: int = 10").await;
    person.run(&[], Passed).await;
    person.settle(&noted, idea, "confirmed", "tests are green with 10").await;
    person.ask("ok and how are version labels compared").await;
    person.think(14);
    person.ask("great. can I pick the newest page by its effective date instead?").await;
    person.think(12);
    dates(person).await;
    person.ask("thanks, do I need to change the index as well?").await;
    person.think(14);
    index(person).await;
    person.think(130);
    person.choose("sources_order", 3).await;
    person.choose("my_or_the", 0).await;
    person.choose("title_matters", 0).await;
    person
        .submit(
            "faithfulness compares the answer with the retrieved chunks and the current page, so the metric is right. The \
             cut to top_k came before the filter, so old pages use up the four places, and I set it to 10. The newest page \
             is now picked by its effective date, which always rises with the version. `build` keeps an unchanged chunk \
             once, with the page it visits last, so it walks the pages by date too.",
        )
        .await;
}

async fn dates(person: &mut Person<'_>) {
    let newest = "    return max(pages, key=lambda page: sort_key(page.version))\n";
    person.read("helpdesk/corpus.py", (10, 20), 12).await;
    person.replace("helpdesk/corpus.py", newest, "    return max(pages, key=lambda page: page.effective)\n").await;
    person.think(12);
    person.run(&[], Passed).await;
    person.think(10);
}

async fn index(person: &mut Person<'_>) {
    person
        .replace("helpdesk/index.py", "key=lambda page: page.ref)", "key=lambda page: (page.slug, page.effective))")
        .await;
    person.think(11);
    person.run(&[], Failed).await;
    person.think(15);
    person.replace("helpdesk/index.py", "page.effective)):", "page.effective, page.version)):").await;
    person.think(12);
    person.run(&[], Passed).await;
    person.think(20);
}
