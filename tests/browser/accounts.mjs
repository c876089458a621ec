// A server that others reach: the first admin, people and keys, and an interview that an interviewer sets up. The name has
// no TLS, as inside of a network that one trusts, so the pages do without what browsers keep for secure origins.

import assert from "node:assert/strict";
import { base, open } from "./pages.mjs";

const { person, look, faults, close } = await open({ wide: { width: 1280, height: 720 } });
const ADA = { name: "Ada", mail: "ada@example.org", password: "a long way to the moon" };
const GRACE = { name: "Grace", mail: "grace@example.org", password: "nine bugs in one relay" };

const field = (page, name) => page.getByLabel(name, { exact: true });
const heading = (page, name) => page.getByRole("heading", { name, exact: true });
const button = (page, name) => page.getByRole("button", { name, exact: true });

/** What the server refuses here the browser notes on the page's console; everything else stays a fault. */
async function refused(page, status, work) {
  const expected = new RegExp(`status of ${status} `);
  const before = faults.length;
  await Promise.all([page.waitForEvent("console", (message) => expected.test(message.text())), work()]);
  for (const one of faults.splice(before)) assert.match(one, expected);
}

/** Reaches a control as somebody without a mouse does. */
async function tabTo(page, control) {
  for (let steps = 0; steps < 60; steps += 1) {
    await page.keyboard.press("Tab");
    if (await control.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`the Tab key does not reach ${control}`);
}

async function signIn(page, { mail, password }) {
  await field(page, "Mail address").fill(mail);
  await field(page, "Password").fill(password);
  await button(page, "Sign in").click();
}

/** Asks the server as a program does, from a page on which nobody is signed in. */
async function program(page, token, path) {
  return page.evaluate(
    async ([path, token]) => (await fetch(path, { headers: { authorization: `Bearer ${token}` } })).status,
    [path, token],
  );
}

// Nobody has an account, and the page says where the first one comes from.
const admin = await person("admin");
await admin.goto(base);
await admin.getByText("Nobody has an account yet.", { exact: false }).waitFor();
assert.equal(await admin.evaluate(() => isSecureContext), false);

// The link from the terminal makes the first admin, once.
await admin.goto(process.env.CAVEAT_SET_UP);
await heading(admin, "The first admin of this server").waitFor();
assert.equal(new URL(admin.url()).hash, "", "the token leaves the address");
await field(admin, "Name").fill(ADA.name);
await field(admin, "Mail address").fill(ADA.mail);
await field(admin, "Password").fill(ADA.password);
await look(admin, "first-set-up");
await button(admin, "Make the account").click();
await admin.getByRole("link", { name: "Administration" }).waitFor();
await look(admin, "home-signed-in");
const other = await person("other");
await other.goto(process.env.CAVEAT_SET_UP);
await field(other, "Name").fill("Eve");
await field(other, "Mail address").fill("eve@example.org");
await field(other, "Password").fill("I was here first, too");
await refused(other, 403, async () => {
  await button(other, "Make the account").click();
  await other.getByRole("alert").getByText("This set-up link is not the newest, or was used.").waitFor();
});

// A wrong password is told as one; the right one lets in.
await button(admin, "Sign out").click();
await heading(admin, "Sign in").waitFor();
await refused(admin, 401, async () => {
  await signIn(admin, { ...ADA, password: "a long way to the sun" });
  await admin.getByRole("alert").getByText("Mail address and password do not belong together.").waitFor();
});
await look(admin, "sign-in-refused");
await signIn(admin, ADA);

// An interviewer is added; a mail address is taken once, and the refusal stands at its field.
await admin.getByRole("link", { name: "Administration" }).click();
await heading(admin, "People").waitFor();
for (const again of [false, true]) {
  await field(admin, "Name").fill(GRACE.name);
  await field(admin, "Mail address").fill(GRACE.mail);
  await field(admin, "First password").fill(GRACE.password);
  if (!again) {
    await button(admin, "Add").click();
    await admin.getByRole("listitem").getByText(GRACE.mail).waitFor();
    continue;
  }
  await refused(admin, 409, async () => {
    await button(admin, "Add").click();
    await admin.getByText("There is another person with this mail address.").waitFor();
  });
  const mail = await field(admin, "Mail address").evaluate((input) => ({
    focused: input === document.activeElement,
    invalid: input.getAttribute("aria-invalid"),
    told: document.getElementById(input.getAttribute("aria-describedby"))?.textContent,
  }));
  assert.deepEqual(mail, { focused: true, invalid: "true", told: "There is another person with this mail address." });
}
await look(admin, "people-added", { whole: true });

// An API key, by keyboard alone: its token is shown once.
await tabTo(admin, admin.getByRole("link", { name: "API keys" }));
await admin.keyboard.press("Enter");
await heading(admin, "API keys").waitFor();
await admin.getByText("There is no API key.").waitFor();
assert.match(await admin.locator("pre").innerText(), new RegExp(`^curl .*Bearer TOKEN.* ${base}/api/sessions$`));
await look(admin, "api-keys-none", { whole: true });
await tabTo(admin, field(admin, "Name"));
await admin.keyboard.type("Warehouse");
await refused(admin, 422, async () => {
  await admin.keyboard.press("Enter");
  await admin.getByText("An API key needs at least one scope.").waitFor();
});
await tabTo(admin, admin.getByRole("checkbox", { name: /^Read sessions/ }));
await admin.keyboard.press("Space");
await tabTo(admin, field(admin, "Days it holds"));
await admin.keyboard.press("Enter");
await heading(admin, "The key “Warehouse” is made").waitFor();
const token = await field(admin, "Token").inputValue();
assert.match(token, /^caveat_[0-9a-f]{64}$/);
await look(admin, "api-key-made", { whole: true });
await tabTo(admin, button(admin, "Copy the token"));
await admin.keyboard.press("Enter");
await button(admin, "Copied the token").waitFor();
await tabTo(admin, field(admin, "Name"));
await admin.keyboard.press("Control+v");
assert.equal(await field(admin, "Name").inputValue(), token.slice(0, 100), "what was copied is the token");
await admin.reload();
await admin.getByRole("row", { name: /Warehouse Read sessions .* in use/ }).waitFor();
assert.ok(!(await admin.content()).includes(token), "nobody sees the token a second time");

// The key opens what its scopes say, until it is revoked.
assert.equal(await program(other, token, "/api/sessions"), 200);
await refused(other, 403, async () => assert.equal(await program(other, token, "/api/keys"), 403));
await tabTo(admin, button(admin, "Revoke Warehouse…"));
await admin.keyboard.press("Enter");
const sure = button(admin, "Revoke Warehouse for good");
await sure.waitFor();
await admin.keyboard.press("Escape");
await button(admin, "Revoke Warehouse…").waitFor();
const focused = () => admin.evaluate(() => document.activeElement?.getAttribute("aria-label"));
assert.equal(await focused(), "Revoke Warehouse…");
await admin.keyboard.press("Enter");
await sure.waitFor();
await look(admin, "api-key-revoking");
await admin.keyboard.press("Enter");
await admin.getByRole("row", { name: /Warehouse .* revoked / }).waitFor();
assert.equal(await focused(), "API keys there are");
await refused(other, 401, async () => assert.equal(await program(other, token, "/api/sessions"), 401));

// The interviewer sees no page of admins.
const interviewer = await person("interviewer");
await interviewer.goto(`${base}/sign-in`);
await signIn(interviewer, GRACE);
await interviewer.getByRole("link", { name: GRACE.name }).click();
await heading(interviewer, "Your account").waitFor();
await heading(interviewer, "Your password").waitFor();
assert.equal(await interviewer.getByRole("navigation", { name: "Administration" }).count(), 0);
await look(interviewer, "own-account");
for (const page of ["keys", "audit"]) {
  await interviewer.goto(`${base}/people/${page}`);
  await interviewer.getByText("This page is for admins of this server.", { exact: false }).waitFor();
}

// They set an interview up and make one more link for the candidate, who comes by it and works.
await interviewer.goto(base);
await interviewer.getByRole("button", { name: "Start practice" }).click();
await interviewer.getByText("More", { exact: true }).click();
await interviewer.getByRole("radio", { name: /Interview/ }).check();
await button(interviewer, "Set up the interview").click();
await button(interviewer, "Done").click();
await interviewer.getByRole("button", { name: /^Links: / }).click();
await field(interviewer, "A new link for").selectOption("candidate");
await field(interviewer, "Whom it is for").fill("Mary");
await button(interviewer, "Make a link").click();
const candidate = await person("candidate");
await candidate.goto(await interviewer.getByRole("textbox", { name: /^The new link/ }).inputValue());
await candidate.getByRole("button", { name: /I agree/ }).click();
await candidate.getByRole("timer", { name: "Time left" }).waitFor();
await candidate.getByRole("tab", { name: "Assistant" }).click();
await field(candidate, "Prompt").fill("What does faithfulness measure?");
await candidate.keyboard.press("Enter");
await candidate.getByRole("article", { name: "Prompt and answer" }).getByRole("button", { name: "Flag as wrong" }).waitFor();

// The link is revoked while the candidate's page is open: it says so.
await refused(candidate, 401, async () => {
  await button(interviewer, "Revoke the link: candidate, Mary").click();
  await heading(candidate, "The session is no longer open to you").waitFor();
});
await candidate.getByText("Your link was revoked or has ended", { exact: false }).waitFor();
await look(candidate, "link-revoked");

// The audit log tells all of it, newest first, and shows what one looks for.
await admin.getByRole("link", { name: "Audit log" }).click();
await heading(admin, "Audit log").waitFor();
const rows = async () => {
  const cells = await admin.locator("tbody tr").evaluateAll((rows) => rows.map((row) => [row.cells[1].innerText, row.cells[2].innerText]));
  return cells.map((row) => row.join(": "));
};
await admin.getByText("Revoked the link for the candidate, Mary").waitFor();
assert.deepEqual(await rows(), [
  "Grace: Revoked the link for the candidate, Mary",
  "Grace: Made a link for the candidate, Mary",
  "Grace: Made a link for a reviewer",
  "Grace: Made a link for an observer",
  "Grace: Made a link for the candidate",
  "Grace: Set a session up",
  "Grace: Signed in",
  "Ada: Revoked the API key Warehouse",
  "Ada: Made the API key Warehouse",
  "Ada: Added Grace",
  "Ada: Signed in",
  "Ada: Became the first admin",
]);
await admin.getByText("This is the whole log.").waitFor();
await look(admin, "audit-log", { whole: true });
await field(admin, "What").selectOption({ label: "signed in" });
await field(admin, "Who").selectOption({ label: "Ada" });
assert.deepEqual(await rows(), ["Ada: Signed in"]);
await admin.getByRole("status").getByText("1 of 12 entries").waitFor();
await field(admin, "What").selectOption({ label: "set a session up" });
await button(admin, "Show them all").click();
await admin.getByRole("row", { name: /Grace Set a session up/ }).getByRole("link").click();
await admin.getByRole("region", { name: "Timeline" }).waitFor();

// Nobody who is not signed in sees them.
await other.goto(`${base}/people/audit`);
await other.getByRole("link", { name: "Sign in" }).waitFor();

await close();
// Without TLS the browser passes by the header that keeps other pages' windows apart, and says so.
assert.deepEqual([...new Set(faults.filter((fault) => !fault.includes("Cross-Origin-Opener-Policy")))], []);
