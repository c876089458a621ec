/** Why signing in with an identity provider did not work, by the code that the server put into the page's address. */

/** What happened and how to mend it; `provider` is its name. */
const PROBLEMS: Record<string, (provider: string) => string> = {
  unreachable: (provider) => `${provider} does not answer. Try again in a moment, or sign in with your password.`,
  declined: (provider) => `${provider} did not let you through. Try again, or sign in with your password.`,
  stale: () =>
    "This sign-in was not begun in this browser, was used already, or took more than ten minutes. Begin again.",
  refused: (provider) =>
    `What ${provider} sent does not prove who you are. Try again; if it stays so, tell an admin of this server, whose log says why.`,
  unverified: (provider) =>
    `${provider} does not confirm that you have a mail address. Have it confirmed there, then try again.`,
  unknown: () => "Nobody here has your mail address. Ask an admin of this server to add you, then try again.",
  no_admin: () => "This server has no admin yet. Open the set-up link from its terminal first.",
  unavailable: () => "The server could not finish it. Try again in a moment.",
};

/** The words for a page's query; empty when nothing went wrong. */
export function problemIn(query: string, provider: string | null): string {
  const code = new URLSearchParams(query).get("problem");
  if (code === null) return "";
  const words = Object.hasOwn(PROBLEMS, code) ? PROBLEMS[code] : undefined;
  return words?.(provider ?? "The identity provider") ?? "Signing in did not work. Try again.";
}
