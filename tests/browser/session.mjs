// A candidate goes through a whole practice session; an observer follows; a reviewer reads.
// Every step waits for what a person would wait for. Faults of the page end the story with their place.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const web = createRequire(fileURLToPath(new URL("../../web/package.json", import.meta.url)));
const { chromium } = web("playwright-core");
const axe = readFileSync(web.resolve("axe-core/axe.min.js"), "utf8");

const { CAVEAT_URL: base, CAVEAT_CHROMIUM: executablePath, CAVEAT_SCREENSHOTS: pictures } = process.env;
mkdirSync(pictures, { recursive: true });

const WIDE = { width: 1440, height: 900 };
const NARROW = { width: 390, height: 844 };

const browser = await chromium.launch({
  executablePath,
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});

const faults = [];

async function person(name) {
  const context = await browser.newContext({ viewport: WIDE, colorScheme: "light" });
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on("pageerror", (error) => faults.push(`${name}: ${error.message}`));
  page.on("console", (message) => message.type() === "error" && faults.push(`${name}: ${message.text()}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(base) && !request.url().startsWith("data:")) faults.push(`${name} fetches ${request.url()}`);
  });
  return page;
}

/** Looks at a page wide and narrow, light and dark, and holds it to axe. */
async function look(page, name) {
  for (const [size, viewport] of [["wide", WIDE], ["narrow", NARROW]]) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ["light", "dark"]) {
      await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
      await page.screenshot({ path: `${pictures}/${name}-${size}-${colorScheme}.png` });
      // A script tag would be refused by the page's own policy; evaluating is not.
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ["violations"] }));
      for (const found of violations.filter((found) => ["serious", "critical"].includes(found.impact))) {
        faults.push(`${name} ${size} ${colorScheme}: ${found.id} at ${found.nodes.map((node) => node.target).join(", ")}`);
      }
    }
    const sideways = await page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
    if (sideways) faults.push(`${name} ${size}: scrolls sideways`);
  }
  await page.setViewportSize(WIDE);
  await page.emulateMedia({ colorScheme: "light", reducedMotion: null });
}

const tab = (page, name) => page.getByRole("tab", { name }).click();

async function ask(page, words) {
  await tab(page, "Assistant");
  await page.getByLabel("Prompt", { exact: true }).fill(words);
  await page.getByLabel("Prompt", { exact: true }).press("Enter");
  const mine = page.getByRole("article", { name: "Prompt and answer" }).filter({ hasText: words });
  await mine.last().waitFor();
  const exchange = page.getByRole("article", { name: "Prompt and answer" }).nth((await page.getByRole("article", { name: "Prompt and answer" }).count()) - 1);
  await exchange.getByRole("button", { name: "Flag as wrong" }).waitFor();
  return exchange;
}

const candidate = await person("candidate");

// The first page leads to a session.
await candidate.goto(base);
await candidate.getByRole("button", { name: "Start practice" }).waitFor();
await look(candidate, "home");
await candidate.getByRole("button", { name: "Start practice" }).click();
await candidate.getByRole("button", { name: "Set up the session" }).click();

// Rules first, then the clock.
const agree = candidate.getByRole("button", { name: /I agree/ });
await agree.waitFor();
assert.match(await candidate.locator("main").innerText(), /wrong on purpose/);
await look(candidate, "start");
await agree.click();
await candidate.getByRole("timer", { name: "Time left" }).waitFor();
await look(candidate, "session");

// An observer opens the link from the list of sessions.
const observer = await person("observer");
await observer.goto(base);
await observer.getByRole("link", { name: /^Observe/ }).first().click();
await observer.getByRole("timer", { name: "Time left" }).waitFor();

// Read: open a file by its name.
await candidate.keyboard.press("Control+p");
await candidate.getByPlaceholder("Name of a file").fill("corpus.py");
await candidate.keyboard.press("Enter");
const editor = candidate.locator(".cm-content");
await editor.getByText("class Corpus").waitFor();
await observer.getByText("helpdesk/corpus.py").first().waitFor();

// Search the text.
await tab(candidate, "Search");
await candidate.getByPlaceholder("Text in all files").fill("is_superseded");
await candidate.keyboard.press("Enter");
await candidate.locator("#side").getByText("retrieval.py").first().waitFor();

// Ask, doubt, flag.
const first = await ask(candidate, "What does faithfulness measure?");
assert.match(await first.innerText(), /faithfulness/);
await observer.getByText("What does faithfulness measure?").first().waitFor();
await ask(candidate, "Are you sure?");
await ask(candidate, "What is in helpdesk/corpus.py?");
await first.getByRole("button", { name: "Flag as wrong" }).click();
await first.getByLabel(/Why is this answer wrong/).fill("The function compares with the passages only.");
await first.getByRole("button", { name: "Flag as wrong" }).click();
await first.getByText("The whole answer").waitFor();
await look(candidate, "assistant");

// Suppose.
await tab(candidate, "Notebook");
await candidate.getByLabel("A new hypothesis").fill("Versions are compared as text, so v9 wins over v10.");
await candidate.getByRole("button", { name: "Note it" }).click();
await candidate.getByRole("listitem").getByText("v9 wins over v10").waitFor();

// Answer the questions.
await tab(candidate, /Questions/);
for (const group of await candidate.getByRole("group").filter({ has: candidate.getByRole("radio") }).all()) {
  await group.getByRole("radio").first().check();
}
await candidate.getByRole("tab", { name: /Questions 4\/4|Questions4\/4/ }).waitFor();

// Change a file; a reload loses nothing.
await editor.click();
await candidate.keyboard.press("Control+Home");
await candidate.keyboard.type("# read by a human\n");
await candidate.getByText("saved", { exact: false }).first().waitFor();
await candidate.reload();
await candidate.locator(".cm-content").getByText("# read by a human").waitFor();
await tab(candidate, "Assistant");
await candidate.getByText("The function compares with the passages only.").waitFor();

// Run the tests.
await candidate.getByRole("button", { name: "Run tests" }).click();
await candidate.locator("#results").getByText(/passed/i).first().waitFor({ timeout: 40_000 });
await look(candidate, "run");
await look(observer, "observe");

// The history is evidence.
await tab(candidate, "History");
await candidate.getByRole("navigation", { name: "Repository" }).getByRole("button").last().waitFor();

// Submit, with a confirmation that says what is judged.
await candidate.getByRole("button", { name: /^Submit/ }).click();
await candidate.getByLabel("Your diagnosis").fill("corpus.py compares versions as text, so superseded pages win.");
await look(candidate, "submit");
await candidate.getByRole("button", { name: "Submit and end the session" }).click();

// The debrief opens by itself.
await candidate.getByRole("navigation", { name: "Parts of the debrief" }).waitFor({ timeout: 60_000 });
await candidate.locator("#claims").getByText("faithfulness").first().waitFor();
await look(candidate, "debrief");
await candidate.reload();
await candidate.getByRole("navigation", { name: "Parts of the debrief" }).waitFor();

// A reviewer reads the log.
const reviewer = await person("reviewer");
await reviewer.goto(base);
await reviewer.getByRole("link", { name: /^Review/ }).first().click();
await reviewer.getByRole("region", { name: "Timeline" }).waitFor();
await look(reviewer, "review");

await browser.close();
assert.deepEqual([...new Set(faults)], []);
