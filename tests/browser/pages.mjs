// A browser for a story: people with pages of their own, pictures of them, and every fault that a page shows.

import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const web = createRequire(fileURLToPath(new URL("../../web/package.json", import.meta.url)));
const { chromium } = web("playwright-core");
const axe = readFileSync(web.resolve("axe-core/axe.min.js"), "utf8");

const { CAVEAT_CHROMIUM: executablePath, CAVEAT_SCREENSHOTS: pictures } = process.env;

/** Where the server is. */
export const { CAVEAT_URL: base } = process.env;

const NARROW = { width: 390, height: 844 };

/** Starts a browser whose pages are as wide as that; `clipboard` may be had on a secure origin only. */
export async function open({ wide, clipboard = false }) {
  mkdirSync(pictures, { recursive: true });
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
      "--no-proxy-server",
      // A server that others reach has a name; here it is this machine all the same.
      `--host-resolver-rules=MAP ${new URL(base).hostname} 127.0.0.1`,
    ],
  });
  const faults = [];

  async function person(name) {
    const context = await browser.newContext({ viewport: wide, colorScheme: "light" });
    if (clipboard) await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: base });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    page.on("pageerror", (error) => faults.push(`${name}: ${error.message}`));
    page.on("console", (message) => message.type() === "error" && faults.push(`${name}: ${message.text()}`));
    page.on("request", (request) => {
      if (!request.url().startsWith(base) && !request.url().startsWith("data:")) faults.push(`${name} fetches ${request.url()}`);
    });
    return page;
  }

  /** Looks at a page wide and narrow, light and dark, and holds it to axe; `whole` pictures what is scrolled away too. */
  async function look(page, name, { whole = false } = {}) {
    for (const [size, viewport] of [["wide", wide], ["narrow", NARROW]]) {
      await page.setViewportSize(viewport);
      for (const colorScheme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
        await page.screenshot({ path: `${pictures}/${name}-${size}-${colorScheme}.png`, fullPage: whole });
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
    await page.setViewportSize(wide);
    await page.emulateMedia({ colorScheme: "light", reducedMotion: null });
  }

  return { person, look, faults, close: () => browser.close() };
}
