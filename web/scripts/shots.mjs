/**
 * Walks through the pages in a real browser against `npm run preview` (or any running server), takes pictures and runs
 * axe-core on each: `node scripts/shots.mjs [FOLDER] [BASE]`.
 */

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const folder = process.argv[2] ?? "shots";
const base = process.argv[3] ?? "http://localhost:5179";
const only = process.argv[4];
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SIZES = { wide: [1440, 900], small: [1280, 720], narrow: [390, 844] };
let problems = 0;

mkdirSync(folder, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--headless",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
  ],
});
for (const scheme of ["light", "dark"]) {
  for (const [name, [width, height]] of Object.entries(SIZES)) {
    if (only && only !== `${name}-${scheme}`) continue;
    await walk(browser, `${name}-${scheme}`, { width, height }, scheme);
  }
}
await browser.close();
if (problems > 0) {
  console.error(`${problems} problems`);
  process.exitCode = 1;
}

async function walk(browser, name, viewport, colorScheme) {
  const context = await browser.newContext({ viewport, colorScheme });
  const page = await context.newPage();
  watch(page, name);
  const narrow = viewport.width < 600;
  const shot = (title, which = page) => look(which, name, title);
  const panel = async (title) => {
    if (narrow) await page.getByRole("tab", { name: title, exact: true }).first().click();
  };

  await page.goto(base);
  await page.getByRole("button", { name: "Start practice" }).waitFor();
  await shot("home");
  await page.goto(`${base}/people/models`);
  await page.getByRole("button", { name: "Edit local" }).waitFor();
  await shot("models");
  await page.getByRole("button", { name: "Edit local" }).click();
  await page.getByText("More settings").click();
  await shot("models-edit");
  await page.goto(base);
  await page.getByRole("button", { name: "Start practice" }).click();
  await shot("new");
  await page.getByRole("button", { name: "Set up the session" }).click();
  await page.getByRole("button", { name: "I agree" }).waitFor();
  await shot("start");
  const id = page.url().split("/").at(-1) ?? "";
  await page.getByRole("button", { name: "I agree" }).click();
  await page.getByRole("button", { name: "Submit…" }).waitFor();
  await panel("Files");
  await shot("session-1-first");
  await page.getByRole("treeitem", { name: "corpus.py" }).first().click();
  await page.locator(".cm-content").waitFor();
  await shot("session-2-file");
  await panel("Assistant");
  await page.getByRole("tab", { name: "Assistant", exact: true }).last().click();
  await shot("session-3-chat");
  await page
    .getByRole("textbox", { name: "Prompt" })
    .fill("I think Corpus.newest compares versions as strings. Which check would show that v9 beats v10?");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Flag as wrong" }).first().waitFor({ timeout: 20_000 });
  await page.getByRole("button", { name: "Flag as wrong" }).first().click();
  await page.getByRole("textbox", { name: "Why is this answer wrong?" }).fill("max() of strings gives v9, I tried it.");
  await shot("session-4-answer");
  await page.getByRole("button", { name: "Flag as wrong" }).first().click();
  await page.getByRole("tab", { name: /Notebook/ }).click();
  await page.getByRole("textbox", { name: "A new hypothesis" }).fill("newest() compares version labels as strings");
  await page.getByRole("button", { name: "Note it" }).click();
  await page.getByRole("radio", { name: "Confirmed" }).click();
  await page.getByRole("textbox", { name: /What speaks for/ }).fill("max(['v9', 'v10']) is 'v9'");
  await shot("session-5-notebook");
  await page.getByRole("button", { name: "Save" }).click();
  await page.getByRole("tab", { name: /Questions/ }).click();
  await page.getByRole("radio").nth(1).click();
  await shot("session-6-questions");
  await page.getByRole("button", { name: "Run tests" }).click();
  await page
    .getByText(/\d failed/)
    .first()
    .waitFor();
  await shot("session-7-run");
  await panel("Files");
  await page.getByRole("tab", { name: "History" }).click();
  await page.getByRole("button", { name: /Keep every version/ }).click();
  await page.getByRole("heading", { name: /Keep every version/ }).waitFor();
  await shot("session-8-commit");
  await panel("Editor");
  await page.getByRole("button", { name: /^corpus.py( changed)?$/ }).click();
  await page.getByRole("button", { name: "Blame" }).click();
  await page.locator(".cm-blame span").first().waitFor();
  await shot("session-9-blame");
  await page.keyboard.press("Control+p");
  await page.getByRole("combobox").fill("met");
  await shot("session-10-palette");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: /^corpus.py( changed)?$/ }).click();
  await page.locator(".cm-content").click();
  await page.keyboard.type("# a note\n");
  await shot("session-11-edited");
  await page.getByRole("button", { name: "Submit…" }).click();
  await page
    .getByRole("textbox", { name: "Your diagnosis" })
    .fill("Corpus.newest compares version labels as strings: v9 beats v10.");
  await shot("session-12-submit");

  for (const door of ["observe", "review"]) {
    const other = await context.newPage();
    watch(other, `${name} ${door}`);
    const link = await staffLink(context, id, door);
    await other.goto(link);
    await other.getByRole("heading", { level: 1 }).waitFor();
    await other.waitForTimeout(800);
    await shot(door, other);
    await other.close();
  }
  await page.getByRole("button", { name: /Submit and end/ }).click();
  await page.getByRole("heading", { name: /handed in/ }).waitFor();
  await shot("judging");
  await page.getByRole("heading", { name: "What happened" }).waitFor({ timeout: 60_000 });
  await shot("debrief");
  const review = await context.newPage();
  watch(review, `${name} review`);
  await review.goto(await staffLink(context, id, "review"));
  await review.getByRole("heading", { level: 1 }).waitFor();
  await review.waitForTimeout(800);
  await shot("review-after", review);
  await review.getByRole("button", { name: /I think Corpus.newest/ }).click();
  await review.waitForTimeout(500);
  await shot("review-moment", review);
  await review.getByRole("tab", { name: "Claims" }).click();
  await review.getByRole("button", { name: "chunk_overlap" }).click();
  await shot("review-claims", review);
  await context.close();
}

async function staffLink(context, id, door) {
  const response = await context.request.get(`${base}/api/sessions`);
  const { sessions } = await response.json();
  const url = new URL(sessions.find((session) => session.id === id)?.links[door] ?? "");
  return base + url.pathname + url.hash;
}

async function look(page, name, title) {
  await page.waitForTimeout(250);
  await page.screenshot({ path: `${folder}/${title}-${name}.png`, fullPage: /home|^start|debrief|review/.test(title) });
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { axe } = window;
    return (await axe.run({ runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }))
      .violations;
  });
  for (const { id, help, nodes } of found) {
    problems++;
    console.log(`${name} ${title}: ${id}: ${help}`);
    for (const node of nodes.slice(0, 2))
      console.log(`    ${node.html.slice(0, 160)}\n    ${node.failureSummary.replaceAll("\n", " ").slice(0, 260)}`);
  }
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (wide > 0) {
    problems++;
    console.log(`${name} ${title}: scrolls sideways by ${wide} px`);
  }
}

function watch(page, name) {
  page.on("pageerror", (error) => {
    problems++;
    console.log(`${name}: ${error.message}`);
  });
  page.on("console", (message) => {
    if (message.type() !== "error" && message.type() !== "warning") return;
    problems++;
    console.log(`${name}: ${message.text()}`);
  });
}
