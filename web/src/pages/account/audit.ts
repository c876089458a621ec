/** The audit log in words. */

import type { Act, Actor, AuditEntry, Id, SessionLink } from "../../api/types";

/** What people, API keys and links are called, by their ids; what is gone is not among them. */
export type Names = ReadonlyMap<Id, string>;

/** What was done, without with whom. */
export const ACTS: Readonly<Record<Act, string>> = {
  session_created: "set a session up",
  link_made: "made a link",
  link_revoked: "revoked a link",
  report_read: "read a report",
  key_opened: "opened sealed facts",
  log_exported: "exported a log",
  signed_in: "signed in",
  person_added: "added a person",
  person_changed: "changed a person",
  person_removed: "removed a person",
  api_key_made: "made an API key",
  api_key_revoked: "revoked an API key",
  model_added: "added a model",
  model_changed: "changed a model",
  model_removed: "removed a model",
};

/** The verb of what is done with somebody or something that has a name. */
const WITH: Partial<Record<Act, string>> = {
  link_made: "made a link for",
  link_revoked: "revoked the link for",
  person_added: "added",
  person_changed: "changed",
  person_removed: "removed",
  api_key_made: "made the API key",
  api_key_revoked: "revoked the API key",
  model_added: "added the model",
  model_changed: "changed the model",
  model_removed: "removed the model",
};

/** What stands for an actor in a filter. */
export function actorKey(actor: Actor): string {
  return actor.type === "owner" ? actor.type : actor.id;
}

export function who(actor: Actor, names: Names): string {
  if (actor.type === "owner") return "The owner of the machine";
  const name = names.get(actor.id);
  if (actor.type === "person") return name ?? "Somebody since removed";
  if (actor.type === "api_key") return name === undefined ? "An API key" : `API key ${name}`;
  return name === undefined ? "Whoever had a link" : `The link for ${name}`;
}

export function what({ act, actor, about }: AuditEntry, names: Names): string {
  if (about !== null && actor.type === "person" && actor.id === about) {
    if (act === "person_added") return "became the first admin";
    if (act === "person_changed") return "changed their own account";
  }
  // A model has no id: it is known by its name.
  const known = act.startsWith("model_") ? about : names.get(about ?? "");
  const name = known ?? undefined;
  const verb = WITH[act];
  return name === undefined || verb === undefined ? ACTS[act] : `${verb} ${name}`;
}

/** `the candidate`, `a reviewer, Grace`. */
export function linkName({ role, note }: Pick<SessionLink, "role" | "note">): string {
  const article = role === "candidate" ? "the" : role === "observer" ? "an" : "a";
  return `${article} ${role}${note === "" ? "" : `, ${note}`}`;
}

/** Sessions whose links have no names yet. */
export function unnamed(entries: readonly AuditEntry[], names: Names): Id[] {
  const links = entries.flatMap(({ act, actor, about, session }) => {
    const link = actor.type === "link" ? actor.id : act === "link_made" || act === "link_revoked" ? about : null;
    return session !== null && link !== null && !names.has(link) ? [session] : [];
  });
  return [...new Set(links)];
}
