// People sign in to Caveat through oidc-provider, in a browser: who is turned away, who comes in, who gets an account.
// Run by `cargo xtask interop`; what came of it is written into docs/INTEROP.md.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { CLIENT, VERSION, start } from "./provider.mjs";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const web = createRequire(join(root, "web/package.json"));
const { chromium } = web("playwright-core");
const axe = readFileSync(web.resolve("axe-core/axe.min.js"), "utf8");
const { CAVEAT, CAVEAT_PYTHON, CAVEAT_CHROMIUM } = process.env;

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

const scratch = mkdtempSync(join(tmpdir(), "caveat-oidc-"));
// Two names of this machine are two sites: cookies go from one to the other as they would between strangers.
const issuer = `http://localhost:${await freePort()}`;
const port = await freePort();
const base = `http://127.0.0.1:${port}`;
const told = [];

/** Starts Caveat with more lines in its section; gives what it said until it was ready, and what ends it. */
async function caveat(more = "") {
  const settings = join(scratch, "settings.toml");
  const section = { issuer, client_id: CLIENT.client_id, client_secret_env: "OIDC_SECRET", name: "Example" };
  const lines = Object.entries(section).map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`);
  writeFileSync(settings, `[oidc]\n${lines.join("")}${more}`);
  const where = ["--listen", `127.0.0.1:${port}`, "--public-url", base, "--data", join(scratch, "data")];
  const program = spawn(CAVEAT, ["serve", ...where, "--config", settings, "--python", CAVEAT_PYTHON], {
    cwd: root,
    env: { ...process.env, OIDC_SECRET: CLIENT.client_secret },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(program, "exit");
  const said = [];
  for await (const line of createInterface({ input: program.stderr })) {
    said.push(line);
    if (line.includes("Caveat is at")) break;
  }
  assert.ok(said.some((line) => line.includes("Caveat is at")), said.join("\n"));
  program.stderr.resume();
  const end = async () => {
    program.kill();
    await ended;
  };
  return { said: said.join("\n"), end };
}

async function call(method, path, body, cookie = "") {
  const headers = { "content-type": "application/json", cookie };
  const response = await fetch(base + path, { method, headers, body: body && JSON.stringify(body) });
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${await response.clone().text()}`);
  return { body: await response.json(), cookie: response.headers.get("set-cookie")?.split(";")[0] ?? "" };
}

const browser = await chromium.launch({
  executablePath: CAVEAT_CHROMIUM,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"],
});

/** Somebody with a browser of their own, who has gone to the sign-in page. */
async function somebody() {
  const context = await browser.newContext();
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  await page.goto(`${base}/sign-in`);
  await page.getByRole("heading", { name: "Sign in", exact: true }).waitFor();
  return page;
}

const button = (page) => page.getByRole("link", { name: "Sign in with Example" });

/** Reaches the button by the keyboard alone and goes to the provider. */
async function leave(page) {
  await button(page).waitFor();
  for (let stops = 0; !(await button(page).evaluate((link) => link === document.activeElement)); stops++) {
    assert.ok(stops < 10, "the button is reached by the keyboard");
    await page.keyboard.press("Tab");
  }
  await page.keyboard.press("Enter");
  await page.waitForURL(`${issuer}/**`);
}

/** Signs in at the provider under a mail address, and agrees. */
async function signIn(page, mail) {
  await leave(page);
  await page.locator("input[name=login]").fill(mail);
  await page.locator("input[name=password]").fill("anything");
  await page.getByRole("button", { name: "Sign-in" }).click();
  await page.getByRole("button", { name: "Continue" }).click();
  await page.waitForURL(`${base}/**`);
}

async function turnedAway(page, words) {
  await page.getByRole("alert").filter({ hasText: words }).waitFor();
  assert.equal((await me(page)).actor, null);
}

const me = (page) => page.evaluate(async () => (await fetch("/api/me")).json());

async function step(what, doing) {
  await doing();
  told.push(what);
  process.stderr.write(`${what}\n`);
}

/** The section of the page that tells of this; others stay as they are. */
function write() {
  const file = join(root, "docs/INTEROP.md");
  const heading = "## Signing in with OpenID Connect";
  const others = readFileSync(file, "utf8").split(/^(?=## )/m).filter((section) => !section.startsWith(heading));
  const day = new Date().toISOString().slice(0, 10);
  const section = `${heading}, ${day}

The npm package oidc-provider, version ${VERSION}, on loopback, and Chromium ${browser.version()}: people reach the button with the keyboard,
sign in there, agree, and come back. PKCE is required, and mail addresses come from the userinfo endpoint.

${told.map((what) => `- ${what}.\n`).join("")}`;
  writeFileSync(file, [...others.map((other) => `${other.trimEnd()}\n`), section].join("\n"));
}

let server = await caveat();
let end = () => undefined;
try {
  const token = /#token=(\w+)/.exec(server.said)[1];
  const password = "correct horse battery";
  const admin = await call("POST", "/api/setup", { token, name: "Ada", mail: "ada@example.org", password });
  const known = { name: "Grace", mail: "grace@example.org", role: "reviewer", password };
  await call("POST", "/api/people", known, admin.cookie);

  await step("While the provider is down the server starts, and the page says that it does not answer", async () => {
    const page = await somebody();
    await button(page).click();
    await turnedAway(page, "Example does not answer");
    await page.evaluate(axe);
    const { violations } = await page.evaluate(() => window.axe.run({ resultTypes: ["violations"] }));
    assert.deepEqual(violations.map((found) => found.id), []);
  });
  end = await start(issuer, `${base}/sign-in/oidc/callback`);
  await step("Once it is up it is asked again, without a restart", async () => {
    const page = await somebody();
    const deadline = Date.now() + 20_000;
    while (!page.url().startsWith(issuer)) {
      assert.ok(Date.now() < deadline, "the provider is asked again");
      await page.goto(`${base}/sign-in/oidc`);
    }
  });
  await step("Somebody whose mail address nobody here has is turned away", async () => {
    const page = await somebody();
    await signIn(page, "eve@example.org");
    await turnedAway(page, "Nobody here has your mail address");
  });
  await step("Somebody with an account comes in with their role, and signs out", async () => {
    const page = await somebody();
    await signIn(page, "Grace@example.org");
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    const { person } = await me(page);
    assert.deepEqual([person.mail, person.role], [known.mail, "reviewer"]);
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(`${base}/sign-in`);
    await button(page).waitFor();
    assert.equal((await me(page)).actor, null);
  });
  await step("Somebody whose mail address is not verified there is turned away", async () => {
    const page = await somebody();
    await signIn(page, "unverified@example.org");
    await turnedAway(page, "does not confirm that you have a mail address");
  });
  await step("Somebody who says no there comes back to the page, which says so", async () => {
    const page = await somebody();
    await leave(page);
    await page.getByRole("link", { name: "Cancel" }).click();
    await turnedAway(page, "Example did not let you through");
  });
  await step("An address that was used to come back does not work again, nor in another browser", async () => {
    const page = await somebody();
    const seen = [];
    page.on("request", (request) => seen.push(request.url()));
    await signIn(page, "grace@example.org");
    await page.getByRole("button", { name: "Sign out" }).click();
    await page.waitForURL(`${base}/sign-in`);
    const used = seen.find((url) => url.includes("/sign-in/oidc/callback"));
    for (const again of [page, await somebody()]) {
      await again.goto(used);
      await turnedAway(again, "This sign-in was not begun in this browser");
    }
  });
  await server.end();
  server = await caveat('new_people = "observer"\n');
  await step("With `new_people` the one who was turned away gets an account, and the audit log tells of it", async () => {
    const page = await somebody();
    await signIn(page, "eve@example.org");
    await page.getByRole("button", { name: "Sign out" }).waitFor();
    const { person } = await me(page);
    assert.deepEqual([person.mail, person.role], ["eve@example.org", "observer"]);
    const { body } = await call("GET", "/api/audit", undefined, admin.cookie);
    const acts = body.entries.filter((entry) => entry.actor.id === person.id).map((entry) => entry.act);
    assert.deepEqual(acts, ["signed_in", "person_added"]);
  });
  write();
} finally {
  await browser.close();
  await server.end();
  end();
  rmSync(scratch, { recursive: true, force: true });
}
