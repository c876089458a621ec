// Every text that a candidate or a model can write is hostile, and every page that shows it is opened. Nothing of it may
// run, and nothing may be fetched.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const web = createRequire(fileURLToPath(new URL("../../web/package.json", import.meta.url)));
const { chromium } = web("playwright-core");

const { CAVEAT_URL: base, CAVEAT_CHROMIUM: executablePath, CAVEAT_MODEL_PORT: modelPort } = process.env;

const EVIL = "https://evil.example";
const RUN = "window.pwned=document.title='pwned'";
// What gets through somewhere: raw HTML, handlers, links with a scheme, remote images, styles, frames, templates, breaks
// out of attributes and out of code.
const PAYLOADS = [
  `<script>${RUN}</script>`,
  `<img src=x onerror="${RUN}">`,
  `<img src="${EVIL}/pixel.png">`,
  `<svg onload="${RUN}"><script>${RUN}</script></svg>`,
  `<iframe srcdoc="<script>parent.${RUN}</script>"></iframe>`,
  `<iframe src="${EVIL}"></iframe>`,
  `<object data="${EVIL}/o"></object><embed src="${EVIL}/e">`,
  `<link rel=stylesheet href="${EVIL}/a.css"><style>@import url(${EVIL}/b.css); * { background: url(${EVIL}/c.png) }</style>`,
  `<base href="${EVIL}/"><meta http-equiv=refresh content="0;url=${EVIL}">`,
  `<form action="${EVIL}"><button>go</button></form>`,
  `<details open ontoggle="${RUN}"><summary>x</summary></details>`,
  `<math><mtext><mglyph><style><img src=x onerror="${RUN}"></style></mglyph></mtext></math>`,
  `<a href="javascript:${RUN}">x</a> [x](javascript:${RUN}) [y](data:text/html,<script>${RUN}</script>)`,
  `![x](${EVIL}/markdown.png) ![y](javascript:${RUN})`,
  `[z](${EVIL}/link "t\\" onmouseover=\\"${RUN}")`,
  `"><img src=x onerror="${RUN}"> '><svg onload=${RUN}>`,
  `</textarea></title></style></script><img src=x onerror="${RUN}">`,
  `\${${RUN}} {{constructor.constructor('${RUN}')()}} {@html "<img src=x onerror='${RUN}'>"}`,
  "```html\n<img src=x onerror=\"" + RUN + "\">\n```\n`<img src=x onerror=\"" + RUN + "\">`",
  `&lt;img src=x onerror=${RUN}&gt; &#x3c;script&#x3e;${RUN}&#x3c;/script&#x3e;`,
  `<x-y style="position:fixed;inset:0;background:url(${EVIL}/d.png)" class="cm-editor">over everything</x-y>`,
];
const HOSTILE = PAYLOADS.join("\n\n");

// A model that answers with all of it.
const model = createServer((request, response) => {
  request.resume();
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (const payload of PAYLOADS) {
    response.write(`data: ${JSON.stringify({ choices: [{ delta: { content: `${payload}\n\n` } }] })}\n\n`);
  }
  response.end(`data: ${JSON.stringify({ choices: [{ delta: {}, finish_reason: "stop" }] })}\n\ndata: [DONE]\n\n`);
});
await new Promise((listening) => model.listen(Number(modelPort), "127.0.0.1", listening));

async function send(key, method, path, body) {
  const response = await fetch(`${base}${path}`, {
    method,
    headers: { "content-type": "application/json", ...(key && { authorization: `Bearer ${key}` }) },
    body: body && JSON.stringify(body),
  });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return text && JSON.parse(text);
}

const set = await send(null, "POST", "/api/sessions", {
  task: "helpdesk_rag",
  mode: "interview",
  plan_seed: 3,
  assistant: { model: "hostile" },
  candidate: HOSTILE.slice(0, 100),
});
const key = set.links.candidate.split("#key=")[1];
const own = (method, path, body) => send(key, method, `/api/sessions/${set.id}${path}`, body);
await own("POST", "/consent", { views: true });
await own("POST", "/start", {});

async function until(find) {
  for (let tries = 0; tries < 600; tries += 1) {
    const found = find((await own("GET", "")).view);
    if (found) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error("it did not come to that");
}

// Files: names as hostile as paths may be, text as hostile as it gets, a test whose name and message are.
await own("POST", "/edits", { type: "create", path: `notes/<img src=x onerror=pwned>.md`, text: HOSTILE });
await own("POST", "/edits", {
  type: "create",
  path: "tests/test_hostile.py",
  text: `import pytest\n\nTEXT = ${JSON.stringify(HOSTILE)}\n\n\n@pytest.mark.parametrize("text", [TEXT, "<b>x</b>"])\ndef test_hostile(text):\n    print(TEXT)\n    assert text == TEXT, TEXT\n`,
});
const { id: run } = await own("POST", "/runs", { target: ["tests/test_hostile.py"] });
await until((view) => view.runs.find((known) => known.run === run)?.outcome);
// Talk: a prompt, the model's answer to it, a flag on it and on words of it, the notebook.
const { id: prompt } = await own("POST", "/prompts", {
  text: `How do people name branches?\n\n${HOSTILE}`,
  context: [{ type: "run", run }],
});
const { answer } = await until((view) => view.exchanges.find((known) => known.prompt.prompt === prompt && known.outcome));
assert.ok(answer.text.includes("<script>"), "the model's words arrive as they are");
await own("POST", `/answers/${answer.answer}/flags`, { reason: HOSTILE });
await own("POST", `/answers/${answer.answer}/flags`, { reason: HOSTILE, quote: PAYLOADS[0] });
await own("POST", "/prompts", { text: "What does faithfulness measure?" });
const { id: hypothesis } = await own("POST", "/hypotheses", { text: HOSTILE });
await own("PUT", `/hypotheses/${hypothesis}`, { text: HOSTILE, status: "refuted", evidence: HOSTILE });
await own("GET", `/search?q=${encodeURIComponent(PAYLOADS[1])}`);

const browser = await chromium.launch({
  executablePath,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
});
const faults = [];

async function open(name, link) {
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 900 } })).newPage();
  page.setDefaultTimeout(20_000);
  page.on("pageerror", (error) => faults.push(`${name}: ${error.message}`));
  page.on("console", (message) => message.type() === "error" && faults.push(`${name}: ${message.text()}`));
  page.on("dialog", (dialog) => faults.push(`${name}: a dialog opens: ${dialog.message()}`));
  page.on("framenavigated", (frame) => !frame.url().startsWith(base) && faults.push(`${name} goes to ${frame.url()}`));
  page.on("request", (request) => {
    if (!request.url().startsWith(base)) faults.push(`${name} fetches ${request.url().slice(0, 80)}`);
  });
  await page.goto(link);
  return page;
}

/** Nothing of it ran, and nothing of it became an element. */
async function unharmed(page, name) {
  const found = await page.evaluate(() => {
    const planted = "iframe, object, embed, base, form[action], x-y, mglyph, [onerror], [onload], [ontoggle], [onmouseover]";
    // A link to elsewhere may stand in an answer: it goes nowhere until somebody follows it.
    const remote = '[src*="evil.example"], [href*="evil.example"]:not(a), [style*="evil.example"], img[src="x"]';
    const scheme = 'a[href^="javascript:" i], a[href^="data:" i], img[src^="javascript:" i]';
    const inline = [...document.querySelectorAll("script")].filter((script) => !script.src);
    const elements = [...document.querySelectorAll([planted, remote, scheme].join(", ")), ...inline];
    const refresh = [...document.querySelectorAll("meta[http-equiv]")];
    return { ran: "pwned" in window || document.title === "pwned", elements: [...elements, ...refresh].map((one) => one.outerHTML.slice(0, 120)) };
  });
  if (found.ran) faults.push(`${name}: it ran`);
  faults.push(...found.elements.map((element) => `${name}: an element of it stands in the page: ${element}`));
}

const tab = (page, name) => page.getByRole("tab", { name }).click();

// While the session runs: the candidate's panels and files, the observer's page, the list of sessions.
const candidate = await open("candidate", set.links.candidate);
await candidate.getByRole("timer", { name: "Time left" }).waitFor();
await tab(candidate, "Assistant");
await candidate.getByRole("article", { name: "Prompt and answer" }).first().waitFor();
await unharmed(candidate, "the assistant's panel");
await tab(candidate, "Notebook");
await candidate.getByRole("listitem").first().waitFor();
await unharmed(candidate, "the notebook");
await candidate.locator("#results").getByText(/failed/i).first().waitFor();
await unharmed(candidate, "the test results");
await tab(candidate, "Output");
await unharmed(candidate, "the output");
for (const name of ["onerror=pwned", "test_hostile.py"]) {
  await candidate.keyboard.press("Control+p");
  await candidate.getByPlaceholder("Name of a file").fill(name);
  await candidate.keyboard.press("Enter");
  await candidate.locator("#editor-panel .cm-content").waitFor();
  await unharmed(candidate, `the editor with ${name}`);
}
await candidate.getByRole("button", { name: "My changes" }).click();
await candidate.getByRole("group", { name: "My changes" }).waitFor();
await unharmed(candidate, "the changes");
const observer = await open("observer", set.links.observe);
await observer.getByText("How do people name branches?").first().waitFor();
await unharmed(observer, "the observer's page");
for (const name of [/Runs/, /Notebook/, /Events/]) {
  await observer.getByRole("tab", { name }).first().click();
  await unharmed(observer, `the observer's ${name.source}`);
}
const home = await open("home", base);
await home.getByRole("heading", { name: "Tasks" }).waitFor();
await unharmed(home, "the first page");

// Afterwards: debrief and review.
await own("POST", "/submission", { diagnosis: HOSTILE });
await until((view) => view.phase === "concluded");
const debrief = await open("debrief", set.links.candidate);
await debrief.getByRole("navigation", { name: "Parts of the debrief" }).waitFor();
await unharmed(debrief, "the debrief");
const review = await open("review", set.links.review);
await review.getByRole("region", { name: "Timeline" }).waitFor();
const moments = await review.getByRole("region", { name: "Events" }).getByRole("button").all();
assert.ok(moments.length > 10, `${moments.length} moments`);
for (const moment of moments) {
  await moment.click();
  await unharmed(review, "a moment of the review");
}
for (const part of ["Claims", "Prompts", "Figures"]) {
  await tab(review, part);
  await review.locator("#detail").waitFor();
  await unharmed(review, `the review's ${part}`);
}

await browser.close();
model.close();
assert.deepEqual([...new Set(faults)], []);
