// A candidate goes through a whole practice session; an observer follows; a reviewer reads; an interview is set up.
// Every step waits for what a person would wait for. Faults of the page end the story with their place.

import assert from "node:assert/strict";
import { base, open } from "./pages.mjs";

const { person, look, faults, close } = await open({ wide: { width: 1440, height: 900 }, clipboard: true });

const tab = (page, name) => page.getByRole("tab", { name }).click();
const file = (page) => page.locator("#editor-panel .cm-content");

/** Clicks into a word of the editor, in the first line that holds some text. */
async function pointAt(page, within, word) {
  const line = file(page).locator(".cm-line").filter({ hasText: within }).first();
  const place = await line.evaluate((host, word) => {
    const walker = document.createTreeWalker(host, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const at = walker.currentNode.data.indexOf(word);
      if (at < 0) continue;
      const range = document.createRange();
      range.setStart(walker.currentNode, at);
      range.setEnd(walker.currentNode, at + word.length);
      const { x, y, width, height } = range.getBoundingClientRect();
      return { x: x + width / 2, y: y + height / 2 };
    }
  }, word);
  await page.mouse.click(place.x, place.y);
}

async function openFile(page, name) {
  await page.keyboard.press("Control+p");
  await page.getByPlaceholder("Name of a file").fill(name);
  await page.keyboard.press("Enter");
  await page.getByRole("group", { name, exact: true }).waitFor();
  await file(page).waitFor();
}

async function ask(page, words) {
  await tab(page, "Assistant");
  const prompt = page.getByLabel("Prompt", { exact: true });
  const exchanges = page.getByRole("article", { name: "Prompt and answer" });
  const before = await exchanges.count();
  await prompt.fill(words);
  await prompt.press("Enter");
  const exchange = exchanges.nth(before);
  await exchange.filter({ hasText: words }).getByRole("button", { name: "Flag as wrong" }).waitFor();
  return exchange;
}

const candidate = await person("candidate");

// The first page leads to a session.
await candidate.goto(base);
await candidate.getByRole("button", { name: "Start practice" }).waitFor();
await look(candidate, "home");
await candidate.getByRole("button", { name: "Start practice" }).click();
await candidate.getByText("More", { exact: true }).click();
await candidate.getByLabel("Seed of the plan").fill("7");
await look(candidate, "set-up");
await candidate.getByRole("button", { name: "Set up the session" }).click();

// Rules first, then the clock.
const agree = candidate.getByRole("button", { name: /I agree/ });
await agree.waitFor();
assert.match(await candidate.locator("main").innerText(), /wrong on purpose/);
await look(candidate, "start", { whole: true });
await agree.click();
await candidate.getByRole("timer", { name: "Time left" }).waitFor();
const id = new URL(candidate.url()).pathname.split("/").at(-1);
await look(candidate, "session");

// An observer opens the link from the list of sessions.
const observer = await person("observer");
await observer.goto(base);
await observer.locator(`a[href*="/observe/${id}"]`).click();
await observer.getByRole("timer", { name: "Time left" }).waitFor();

// Read: open a file by its name, go to a definition and its references.
await openFile(candidate, "corpus.py");
await file(candidate).getByText("class Corpus").waitFor();
await observer.getByText("helpdesk/corpus.py").first().waitFor();
await pointAt(candidate, "key=lambda page: sort_key", "sort_key");
await candidate.keyboard.press("F12");
await candidate.getByRole("group", { name: "versions.py", exact: true }).waitFor();
await candidate.locator(".cm-marked-line").filter({ hasText: "def sort_key" }).waitFor();
await candidate.keyboard.press("Shift+F12");
await candidate.locator("#results").getByText("helpdesk/index.py").waitFor();
await look(candidate, "references");

// Who wrote it, and why: from the blame to the commit.
await candidate.getByRole("button", { name: "Blame" }).click();
await candidate.locator(".cm-blame .cm-gutterElement").filter({ hasText: /\w{7} / }).first().waitFor();
await look(candidate, "blame");
await file(candidate).click();
await candidate.keyboard.press("Enter");
await candidate.getByRole("group", { name: /^Commit / }).getByRole("heading").first().waitFor();
await look(candidate, "commit");

// The palette finds commands, files and names.
await candidate.keyboard.press("Control+k");
const palette = candidate.getByRole("combobox", { name: "Command, file or symbol" });
await palette.fill("is_superseded");
await candidate.getByRole("option", { name: /is_superseded/ }).first().waitFor();
await look(candidate, "palette");
await palette.press("Enter");
await candidate.locator(".cm-marked-line").filter({ hasText: "def is_superseded" }).waitFor();

// Search the text.
await tab(candidate, "Search");
await candidate.getByPlaceholder("Text in all files").fill("is_superseded");
await candidate.keyboard.press("Enter");
await candidate.locator("#side").getByText("retrieval.py").first().waitFor();

// Ask, doubt, flag a whole answer.
const first = await ask(candidate, "What does faithfulness measure?");
assert.match(await first.innerText(), /faithfulness/);
await observer.getByText("What does faithfulness measure?").first().waitFor();
await ask(candidate, "Are you sure?");
const third = await ask(candidate, "What is in helpdesk/corpus.py?");
await first.getByRole("button", { name: "Flag as wrong" }).click();
await first.getByLabel(/Why is this answer wrong/).fill("The function compares with the passages only.");
await first.getByRole("button", { name: "Flag as wrong" }).click();
await first.getByText("The whole answer").waitFor();

// Flag some words: they are marked where they stand.
await third.getByText("UnknownPage", { exact: true }).dblclick();
await third.getByRole("button", { name: "Flag these words" }).click();
await third.getByLabel(/Why are these words wrong/).fill("It is an error, not a page.");
await candidate.keyboard.press("Tab");
await candidate.keyboard.press("Enter");
await third.getByText("It is an error, not a page.").waitFor();
const marked = () => [...(CSS.highlights.get("flagged") ?? [])].map(String);
assert.deepEqual(await candidate.evaluate(marked), ["UnknownPage"]);
assert.equal(await candidate.evaluate(() => document.activeElement?.textContent), "Flag as wrong");
await look(candidate, "assistant");
assert.ok(await candidate.getByRole("tab", { name: "Assistant" }).first().isVisible());

// A reviewer brings the assistant's next remark forward; what the candidate reads further up stays where it is.
const reviewer = await person("reviewer");
await reviewer.goto(base);
await reviewer.locator(`a[href*="/review/${id}"]`).click();
const cards = reviewer.getByRole("group", { name: "The assistant's own remarks" });
await cards.getByText("The next one comes at ").waitFor();
const log = candidate.getByRole("log", { name: "Prompts and answers" });
/** How far the conversation is scrolled, once the page has taken notice of it. */
const scrolled = (to) =>
  log.evaluate(async (host, to) => {
    if (to !== undefined) host.scrollTo({ top: to });
    for (let frames = 0; frames < 2; frames += 1) await new Promise(requestAnimationFrame);
    return host.scrollTop;
  }, to);
assert.ok((await scrolled(1e6)) > 100, "the conversation is longer than its panel");
const place = await scrolled(20);
await candidate.evaluate(() => {
  window.told = [];
  const region = document.querySelector('[role="status"][aria-live="polite"]');
  new MutationObserver(() => window.told.push(region.textContent)).observe(region, { childList: true, characterData: true, subtree: true });
});
await cards.getByRole("button", { name: "Let it make its next remark now" }).click();
const remark = candidate.getByRole("article", { name: "Remark of the assistant" });
await remark.waitFor();
assert.match(await candidate.locator("#prompt-hint").innerText(), /^Enter sends/, "a remark holds up no prompt");
await remark.getByRole("button", { name: "Flag as wrong" }).waitFor();
assert.equal(await scrolled(), place);
const told = await candidate.evaluate(() => window.told);
assert.deepEqual(told.map((words) => words.slice(0, 20)), ["The assistant adds: "]);
await observer.getByRole("article", { name: "The assistant volunteered a remark" }).waitFor();

// A remark is doubted like every answer, and stands in a new conversation too.
await remark.getByRole("button", { name: "Flag as wrong" }).click();
await remark.getByLabel(/Why is this answer wrong/).fill("The code says otherwise.");
await remark.getByRole("button", { name: "Flag as wrong" }).click();
await remark.getByText("The whole answer").waitFor();
await look(candidate, "remark");
await candidate.getByRole("button", { name: "New chat" }).click();
await candidate.getByRole("heading", { name: "Ask about this repository" }).waitFor();
await remark.getByText("The code says otherwise.").waitFor();
assert.equal(await candidate.getByRole("article", { name: "Prompt and answer" }).count(), 0);
await look(candidate, "remark-new-chat");
await candidate.getByLabel("Chat", { exact: true }).selectOption({ index: 0 });

// Who looks elsewhere finds a mark at the tab, until they have looked.
await tab(candidate, "Notebook");
await cards.getByRole("button", { name: "Let it make its next remark now" }).click();
// By its list: for a moment after a picture of the narrow page both pages' tabs are there.
const beside = candidate.getByRole("tablist", { name: "Brief and assistant" });
const unread = beside.getByRole("tab", { name: /^Assistant.*new remark$/ });
await unread.waitFor();
await look(candidate, "remark-elsewhere");
await unread.click();
await remark.nth(1).getByRole("button", { name: "Flag as wrong" }).waitFor();
assert.equal(await unread.count(), 0);

// The reviewer holds further remarks back and lets them come again.
await cards.getByRole("switch").check();
await cards.getByText("None comes until you let them come again.").waitFor();
await reviewer.getByText("Held the assistant's own remarks back").waitFor();
await look(reviewer, "review-working");
await look(observer, "observe-working");
await cards.getByRole("switch").uncheck();
await cards.getByText("The next one comes at ").waitFor();

// An answer names a place, and the place opens.
await third.getByRole("link", { name: "helpdesk/corpus.py" }).first().click();
await candidate.getByRole("group", { name: "corpus.py", exact: true }).waitFor();

// Pause and go on: the focus stays with the clock.
const focus = () => candidate.evaluate(() => document.activeElement?.getAttribute("aria-label"));
await candidate.getByRole("button", { name: "Pause the clock" }).focus();
await candidate.keyboard.press("Enter");
await candidate.getByText("The clock stands still.").first().waitFor();
await candidate.getByRole("button", { name: "Let the clock run" }).waitFor();
assert.equal(await focus(), "Let the clock run");
await look(candidate, "paused");
await candidate.getByRole("button", { name: "Go on" }).click();
await candidate.getByRole("button", { name: "Pause the clock" }).waitFor();
await candidate.waitForFunction(() => document.activeElement?.getAttribute("aria-label") === "Pause the clock");

// Suppose, and settle it with a reason.
await tab(candidate, "Notebook");
await candidate.getByLabel("A new hypothesis").fill("Versions are compared as text, so v9 wins over v10.");
await candidate.getByRole("button", { name: "Note it" }).click();
await candidate.getByRole("listitem").getByText("v9 wins over v10").waitFor();
await candidate.getByText("Confirmed", { exact: true }).click();
await candidate.getByLabel(/What speaks for/).fill("sort_key returns text.");
await candidate.getByRole("button", { name: "Save" }).click();
await candidate.getByText("sort_key returns text.").waitFor();
await look(candidate, "notebook");

// Answer the questions.
await tab(candidate, /Questions/);
for (const group of await candidate.getByRole("group").filter({ has: candidate.getByRole("radio") }).all()) {
  if (await group.isVisible()) await group.getByRole("radio").first().check();
}
await candidate.getByRole("tab", { name: /Questions 4\/4|Questions4\/4/ }).waitFor();
await look(candidate, "questions");

// Change a file; a reload loses nothing, and brings back the panel that was open.
await openFile(candidate, "corpus.py");
await file(candidate).click();
await candidate.keyboard.press("Control+Home");
await candidate.keyboard.type("# read by a human\n");
await candidate.getByText("saved", { exact: false }).first().waitFor();
await tab(candidate, "Assistant");
await candidate.reload();
await file(candidate).getByText("# read by a human").waitFor();
await candidate.getByText("The function compares with the passages only.").waitFor();
await candidate.waitForFunction(() => CSS.highlights.get("flagged")?.size === 1);

// Code in an answer goes in at the cursor and stays traceable. The offline assistant writes none, so some is put there.
const code = "def human() -> bool:\n    return True\n";
await candidate.route(`**/api/sessions/${id}`, async (route) => {
  const response = await route.fetch();
  const state = await response.json();
  state.view.exchanges.at(-1).answer.text += `\n\n\`\`\`python\n${code}\`\`\`\n`;
  await route.fulfill({ response, json: state });
});
await candidate.reload();
await file(candidate).click();
await candidate.keyboard.press("Control+End");
const inserted = candidate.waitForRequest((request) => request.postDataJSON()?.inserted_from);
await candidate.getByRole("button", { name: "Insert" }).click();
await file(candidate).getByText("def human").waitFor();
await inserted;
await candidate.unroute(`**/api/sessions/${id}`);
await observer.getByText("inserted from an answer").waitFor();

// Run the tests.
await candidate.getByRole("button", { name: "Run tests" }).click();
await candidate.locator("#results").getByText(/passed/i).first().waitFor({ timeout: 40_000 });
await look(candidate, "run");
await look(observer, "observe");

// The history is evidence, and so are one's own changes.
await tab(candidate, "History");
await candidate.getByRole("navigation", { name: "Repository" }).getByRole("button").last().waitFor();
await tab(candidate, "Files");
await candidate.getByRole("treeitem", { name: "corpus.py changed" }).first().waitFor();
await candidate.getByRole("button", { name: "My changes" }).click();
await candidate.getByRole("group", { name: "My changes" }).getByText("# read by a human").waitFor();
await look(candidate, "changes");

// Submit, with a confirmation that says what is judged.
await candidate.getByRole("button", { name: /^Submit/ }).click();
await candidate.getByLabel("Your diagnosis").fill("corpus.py compares versions as text, so superseded pages win.");
await look(candidate, "submit");
await candidate.getByRole("button", { name: "Submit and end the session" }).click();

// The debrief opens by itself.
await candidate.getByRole("navigation", { name: "Parts of the debrief" }).waitFor({ timeout: 60_000 });
await candidate.locator("#claims").getByText("faithfulness").first().waitFor();
await look(candidate, "debrief", { whole: true });
await candidate.reload();
await candidate.getByRole("navigation", { name: "Parts of the debrief" }).waitFor();

// A reviewer reads the log, and every number leads to its evidence.
await reviewer.getByRole("region", { name: "Timeline" }).waitFor();
await reviewer.getByRole("button", { name: "Next moment of doubt" }).click();
await reviewer.locator("#detail").getByText("Flagged").first().waitFor();
await look(reviewer, "review");
for (const part of ["Claims", "Prompts", "Figures"]) {
  await tab(reviewer, part);
  await reviewer.locator("#detail :is(article, table)").first().waitFor();
  await look(reviewer, `review-${part.toLowerCase()}`);
}

// An interviewer sets up a session and gets the links.
const interviewer = await person("interviewer");
await interviewer.goto(base);
await interviewer.getByRole("button", { name: "Start practice" }).click();
await interviewer.getByText("More", { exact: true }).click();
await interviewer.getByRole("radio", { name: /Interview/ }).check();
await interviewer.getByLabel("Candidate's name").fill("Ada");
await interviewer.getByRole("button", { name: "Set up the interview" }).click();
await interviewer.getByRole("heading", { name: "The interview is set up" }).waitFor();
const link = await interviewer.getByRole("textbox", { name: /^Candidate/ }).inputValue();
await interviewer.getByRole("button", { name: "Copy the link: Candidate" }).click();
await interviewer.getByRole("button", { name: "Copied the link: Candidate" }).waitFor();
assert.equal(await interviewer.evaluate(() => navigator.clipboard.readText()), link);
await look(interviewer, "interview");
await interviewer.getByRole("button", { name: "Done" }).click();
await interviewer.getByText("interview", { exact: false }).first().waitFor();
const guest = await person("guest");
await guest.goto(link);
await guest.getByText("Interview ·", { exact: false }).waitFor();

// The interviewer makes a link for one more observer and takes it back; who came by it is out.
await interviewer.getByRole("button", { name: /^Links: / }).first().click();
await interviewer.getByLabel("Whom it is for").fill("Grace");
await interviewer.getByRole("button", { name: "Make a link" }).click();
const shared = await interviewer.getByRole("textbox", { name: /^The new link/ }).inputValue();
const late = await person("late");
await late.goto(shared);
await late.getByText("Observing, read only").waitFor();
await look(interviewer, "links");
const refusals = faults.length;
await interviewer.getByRole("button", { name: "Revoke the link: observer, Grace" }).click();
await late.getByRole("heading", { name: "The session is no longer open to you" }).waitFor();
// The browser itself notes the refusal on the console.
for (const noted of faults.splice(refusals)) assert.match(noted, /late: .*401/);
await interviewer.getByRole("button", { name: "Done" }).click();

// On this machine nobody signs in; the pages for those who do are there all the same.
for (const [path, heading] of [["people", "People"], ["sign-in", "Sign in"], ["setup#token=none", "The first admin of this server"]]) {
  await interviewer.goto(`${base}/${path}`);
  await interviewer.getByRole("heading", { name: heading, exact: true }).waitFor();
  await look(interviewer, path.split("#")[0], { whole: true });
}

await close();
assert.deepEqual([...new Set(faults)], []);
