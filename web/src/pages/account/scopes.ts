/** What API keys are for, in words. */

import type { ApiKey, Scope } from "../../api/types";
import { moment } from "../../text/format";

export const SCOPES: readonly { name: Scope; title: string; does: string }[] = [
  { name: "sessions:create", title: "Set sessions up", does: "Also makes, lists and revokes their links." },
  { name: "sessions:read", title: "Read sessions", does: "Lists sessions and follows them as an observer does." },
  { name: "reports:read", title: "Read reports", does: "Reads logs and reports as a reviewer does, sealed facts too." },
];

/** `Set sessions up, read reports`. */
export function scopeWords(scopes: readonly Scope[]): string {
  const titles = SCOPES.filter(({ name }) => scopes.includes(name)).map(({ title }) => title);
  return titles.map((title, at) => (at === 0 ? title : title.toLowerCase())).join(", ");
}

/** Whether a key opens anything, and why not. */
export function standing(key: ApiKey): string {
  if (key.revoked !== null) return `revoked ${moment(key.revoked)}`;
  return key.holds ? "in use" : "has ended";
}
