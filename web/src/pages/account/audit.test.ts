import { describe, expect, test } from "vitest";
import type { Act, Actor, AuditEntry } from "../../api/types";
import { ACTS, actorKey, linkName, unnamed, what, who, type Names } from "./audit";

const NAMES: Names = new Map([
  ["p1", "Ada"],
  ["p2", "Grace"],
  ["k1", "ATS"],
  ["l1", "an observer, Mary"],
]);
const person = (id: string): Actor => ({ type: "person", id });
const entry = (act: Act, about: string | null = null, more: Partial<AuditEntry> = {}): AuditEntry => ({
  n: 1,
  at: 0,
  actor: person("p1"),
  act,
  session: null,
  about,
  ...more,
});

test.each<[Actor, string]>([
  [{ type: "owner" }, "The owner of the machine"],
  [person("p1"), "Ada"],
  [person("gone"), "Somebody since removed"],
  [{ type: "api_key", id: "k1" }, "API key ATS"],
  [{ type: "api_key", id: "k9" }, "An API key"],
  [{ type: "link", id: "l1" }, "The link for an observer, Mary"],
  [{ type: "link", id: "l9" }, "Whoever had a link"],
])("%o is %s", (actor, words) => {
  expect(who(actor, NAMES)).toBe(words);
});

test.each<[AuditEntry, string]>([
  [entry("signed_in"), "signed in"],
  [entry("person_added", "p1"), "became the first admin"],
  [entry("person_added", "p2"), "added Grace"],
  [entry("person_changed", "p1"), "changed their own account"],
  [entry("person_changed", "p2"), "changed Grace"],
  [entry("person_removed", "gone"), "removed a person"],
  [entry("link_made", "l1"), "made a link for an observer, Mary"],
  [entry("link_revoked", "l9"), "revoked a link"],
  [entry("api_key_made", "k1"), "made the API key ATS"],
  [entry("model_added", "small"), "added the model small"],
  [entry("model_changed", "small"), "changed the model small"],
  [entry("model_removed", "small"), "removed the model small"],
  [entry("report_read", null, { session: "s" }), "read a report"],
])("an entry of $act is told as %s", (one, words) => {
  expect(what(one, NAMES)).toBe(words);
});

test("no two acts have the same words", () => {
  expect(new Set(Object.values(ACTS)).size).toBe(Object.keys(ACTS).length);
});

test.each([
  ["candidate", "", "the candidate"],
  ["observer", "Mary", "an observer, Mary"],
  ["reviewer", "", "a reviewer"],
] as const)("a link for %s and “%s” is called %s", (role, note, name) => {
  expect(linkName({ role, note })).toBe(name);
});

describe("what a filter and a look-up need", () => {
  test("actors are told apart", () => {
    expect([actorKey({ type: "owner" }), actorKey(person("p1"))]).toEqual(["owner", "p1"]);
  });

  test("each session with unnamed links once", () => {
    const link: Actor = { type: "link", id: "l9" };
    expect(
      unnamed(
        [
          entry("link_made", "l2", { session: "a" }),
          entry("link_made", "l3", { session: "a" }),
          entry("link_made", "l1", { session: "b" }),
          entry("report_read", null, { session: "c", actor: link }),
          entry("session_created", null, { session: "d" }),
        ],
        NAMES,
      ),
    ).toEqual(["a", "c"]);
  });
});
