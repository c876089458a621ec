// The page of live models: one is added, tried, fails, is edited and goes; nobody has to add any. A model here is a few lines below.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { base, open } from "./pages.mjs";

const { person, look, faults, close } = await open({ wide: { width: 1280, height: 720 } });
const field = (page, name) => page.getByLabel(name, { exact: true });
const button = (page, name) => page.getByRole("button", { name, exact: true });

/** Says one word, or that its key is wrong; holds its answer back until it is let go. */
let works = true;
let hold = Promise.resolve();
const upstream = createServer(async (_, response) => {
  await hold;
  if (!works) return response.writeHead(401).end("this key is wrong");
  response.writeHead(200, { "content-type": "text/event-stream" });
  response.end(`data: {"choices":[{"delta":{"content":"ok"},"finish_reason":"stop"}]}\n\n`);
});
await new Promise((ready) => upstream.listen(0, "127.0.0.1", ready));
const address = `http://127.0.0.1:${upstream.address().port}/v1`;

// Nothing is set up, and nothing has to be.
const owner = await person("owner");
await owner.goto(`${base}/people`);
await owner.getByRole("link", { name: "Models" }).click();
await owner.getByText("There is no live model, and you need none.").waitFor();
await look(owner, "models-none", { whole: true });

// A preset fills in what it knows; what is seldom said is closed.
await button(owner, "Add a model…").click();
assert.equal(await field(owner, "Temperature").isVisible(), false);
await field(owner, "Kind").selectOption({ label: "Anthropic" });
assert.equal(await field(owner, "Base URL").inputValue(), "https://api.anthropic.com/v1");
assert.equal(await field(owner, "Dialect").inputValue(), "anthropic");
await field(owner, "Kind").selectOption({ label: "Ollama" });
await field(owner, "Base URL").fill(address);
await field(owner, "Model").fill("qwen3:8b");
await field(owner, "Name").fill("local");

// A variable that is none of the page's is refused, with the reason, at its field; nothing typed is lost.
await field(owner, "Variable with the key").fill("DATABASE_URL");
const before = faults.length;
await button(owner, "Add the model").click();
await owner.getByText("the page takes only variables whose names begin with CAVEAT_KEY_", { exact: false }).waitFor();
assert(await field(owner, "Variable with the key").evaluate((input) => input === document.activeElement));
for (const one of faults.splice(before)) assert.match(one, /status of 422 /);
await look(owner, "models-refused");
await field(owner, "Variable with the key").fill("");
await button(owner, "Add the model").click();
const row = owner.getByRole("row", { name: /^local Ollama, qwen3:8b/ });
await row.getByText("Not asked yet").waitFor();
await row.getByText("no prices, so no budget for cost").waitFor();

// The test says that it runs, and then how it went; what lies below it does not move.
const below = async () => (await owner.locator("summary").boundingBox()).y;
let go;
hold = new Promise((done) => (go = done));
await button(owner, "Test local").click();
await owner.getByText("Test of local: asking it for one word. This may take a minute.").waitFor();
await look(owner, "models-testing");
const running = await below();
go();
await owner.getByText(/^Test of local: it answers, first word after /).waitFor();
await row.getByText("1 request, 1 answer").waitFor();
assert.equal(await below(), running);

// It fails: the cause, its remedy, and what the server does about it.
works = false;
await button(owner, "Test local").click();
await owner.getByText(/^Test of local: The upstream refused the request \(401\): this key is wrong\. To mend it: /).waitFor();
await row.getByText(/^Left alone for /).waitFor();
await row.getByText("1 × request refused").waitFor();
await owner.getByText(/^Last error .* ago: The upstream refused the request/).waitFor();
assert.equal(await below(), running);
await look(owner, "models-failed", { whole: true });

// It is edited by keyboard alone. What was typed is not thrown away in passing.
await button(owner, "Edit local").press("Enter");
await owner.getByText("More settings").press("Enter");
await field(owner, "Most tokens of an answer").fill("700");
await field(owner, "A million tokens read").fill("0.5");
await look(owner, "models-edit");
await owner.keyboard.press("Escape");
await owner.getByText("What you typed is not saved.").waitFor();
await button(owner, "Go on editing").press("Enter");

// Somebody else was faster: theirs is told, and nothing of either is lost.
const { models: [theirs] } = await (await owner.request.get(`${base}/api/models`)).json();
const model = { name: "local", preset: "ollama", base_url: address, model: "qwen3:8b", fallback: ["offline"] };
const faster = { version: theirs.version, model: { ...model, price_in: 0.25, temperature: 0.3 } };
assert.equal((await owner.request.put(`${base}/api/models/local`, { data: faster })).status(), 200);
await button(owner, "Save").click();
await owner.getByText("Somebody else changed local while you did. Nothing of yours is saved yet.").waitFor();
await owner.getByText("Temperature is now 0.3.").waitFor();
await owner.getByText("A million tokens read is now 0.25 with them; what you typed stands below.").waitFor();
for (const one of faults.splice(before)) assert.match(one, /status of 409 /);
await look(owner, "models-conflict");
await button(owner, "Save").click();
await row.getByText("a million tokens: 0.50 read, 0.00 written").waitFor();
assert(await button(owner, "Edit local").evaluate((back) => back === document.activeElement));
await owner.getByText("Details of local").press("Enter");
await owner.getByText("700 an answer").waitFor();
await owner.getByText("0.3", { exact: true }).waitFor();
await look(owner, "models-details", { whole: true });

// Asked otherwise, it begins anew.
works = true;
await button(owner, "Test local").click();
await row.getByText("1 request, 1 answer").waitFor();

// Sessions can be set up with it, until it is removed.
assert.deepEqual((await (await owner.request.get(`${base}/api/health`)).json()).models, ["local"]);
await button(owner, "Remove local…").click();
await look(owner, "models-removing");
await button(owner, "Remove local from all sessions").click();
await owner.getByText("There is no live model, and you need none.").waitFor();
await owner.getByRole("link", { name: "Audit log" }).click();
await owner.getByText("Removed the model local").waitFor();
await owner.getByText("Changed the model local").first().waitFor();
await owner.getByText("Added the model local").waitFor();

await close();
upstream.close();
assert.deepEqual([...new Set(faults)], []);
