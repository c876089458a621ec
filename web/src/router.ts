/** Paths of the page, and moving between them without loading it again. */

/** What admins see to, each on a page of its own. */
export type AdminPart = "people" | "keys" | "models" | "audit";

export type Route =
  | { page: "home" }
  | { page: "session"; id: string }
  | { page: "debrief"; id: string }
  | { page: "observe"; id: string }
  | { page: "review"; id: string }
  | { page: "sign-in" }
  | { page: "setup" }
  | { page: "admin"; part: AdminPart }
  | { page: "unknown"; path: string };

const ID = "([0-9a-fA-F-]{8,64})";
const ROUTES: [RegExp, (id: string) => Route][] = [
  [/^\/$/, () => ({ page: "home" })],
  [/^\/sign-in\/?$/, () => ({ page: "sign-in" })],
  [/^\/setup\/?$/, () => ({ page: "setup" })],
  [/^\/people\/?$/, () => ({ page: "admin", part: "people" })],
  [/^\/people\/keys\/?$/, () => ({ page: "admin", part: "keys" })],
  [/^\/people\/models\/?$/, () => ({ page: "admin", part: "models" })],
  [/^\/people\/audit\/?$/, () => ({ page: "admin", part: "audit" })],
  [new RegExp(`^/session/${ID}/?$`), (id) => ({ page: "session", id })],
  [new RegExp(`^/session/${ID}/debrief/?$`), (id) => ({ page: "debrief", id })],
  [new RegExp(`^/observe/${ID}/?$`), (id) => ({ page: "observe", id })],
  [new RegExp(`^/review/${ID}/?$`), (id) => ({ page: "review", id })],
];

/** Which page a path names. */
export function parse(path: string): Route {
  for (const [pattern, route] of ROUTES) {
    const match = pattern.exec(path);
    if (match) return route(match[1] ?? "");
  }
  return { page: "unknown", path };
}

/** Path and fragment of a link to this server; a link elsewhere gives null. */
export function local(link: string, origin: string): string | null {
  try {
    const url = new URL(link, origin);
    // The server may know itself under another name than the browser does; its paths are the same.
    return url.protocol === "http:" || url.protocol === "https:" ? url.pathname + url.hash : null;
  } catch {
    return null;
  }
}

/** The debrief's address, from the address of the session. */
export function debriefOf(link: string): string {
  const hash = link.indexOf("#");
  const path = hash < 0 ? link : link.slice(0, hash);
  return `${path.replace(/\/$/, "")}/debrief${hash < 0 ? "" : link.slice(hash)}`;
}
