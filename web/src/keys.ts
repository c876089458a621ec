/** Session keys: they arrive in a link's fragment, which never reaches a server, and stay in this browser. */

export type Door = "candidate" | "observe" | "review";
export interface KeyStore {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
}

/** Takes a key out of a fragment such as `#key=…`; null when there is none. */
export function keyIn(hash: string, name = "key"): string | null {
  const key = new URLSearchParams(hash.replace(/^#/, "")).get(name);
  return key === null || key === "" ? null : key;
}

/** The key for a session through a door: the fragment's (which is then remembered), else the remembered one. */
export function keyFor(door: Door, id: string, hash: string, store: KeyStore): string | null {
  const name = `caveat:key:${door}:${id}`;
  const fresh = keyIn(hash);
  if (fresh !== null) store.setItem(name, fresh);
  return fresh ?? store.getItem(name);
}
