/** Where the page is, and moving on. */

import { parse, type Route } from "./router";

class Navigation {
  route = $state.raw<Route>(parse(location.pathname));

  constructor() {
    window.addEventListener("popstate", () => this.read());
    document.addEventListener("click", (event) => this.click(event));
  }

  go(path: string, options: { replace?: boolean } = {}) {
    if (options.replace) history.replaceState(null, "", path);
    else history.pushState(null, "", path);
    this.read();
    window.scrollTo(0, 0);
  }

  private read() {
    this.route = parse(location.pathname);
  }

  private click(event: MouseEvent) {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const anchor = (event.target as Element | null)?.closest?.("a[href]");
    if (!(anchor instanceof HTMLAnchorElement) || anchor.target || anchor.hasAttribute("download")) return;
    // Leads to another site, though by an address of this one.
    if (anchor.relList.contains("external")) return;
    const url = new URL(anchor.href);
    if (url.origin !== location.origin || url.pathname.startsWith("/api/")) return;
    if (url.pathname === location.pathname && url.hash && !url.hash.includes("key=")) return;
    event.preventDefault();
    this.go(url.pathname + url.search + url.hash);
  }
}

export const navigation = new Navigation();
