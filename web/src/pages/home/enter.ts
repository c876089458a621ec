/** How somebody who sees the list of sessions comes into one as its candidate. */

import { ApiError, sessionClient } from "../../api/client";
import type { SessionSummary } from "../../api/types";
import { keyFor, type KeyStore } from "../../keys";
import { debriefOf, local } from "../../router";

/** The page's path: with the key that this browser has, or with a fresh one where there is none that still holds. */
export async function candidatePath(session: SessionSummary, store: KeyStore): Promise<string> {
  const path = (await hasKey(session.id, store)) ? `/session/${session.id}` : await freshPath(session.id);
  return session.phase === "concluded" ? debriefOf(path) : path;
}

async function hasKey(id: string, store: KeyStore): Promise<boolean> {
  const key = keyFor("candidate", id, "", store);
  if (key === null) return false;
  try {
    await sessionClient(id, key).get("");
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return false;
    throw error;
  }
}

async function freshPath(id: string): Promise<string> {
  const { address } = await sessionClient(id, null).send("POST", "/links", { role: "candidate" });
  return local(address, location.origin) ?? address;
}
