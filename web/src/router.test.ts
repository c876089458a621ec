import { describe, expect, test } from "vitest";
import { keyFor, keyIn } from "./keys";
import { debriefOf, local, parse } from "./router";

const ID = "3f2b8c1e-0000-4000-8000-000000000001";

test.each([
  ["/", { page: "home" }],
  ["/sign-in", { page: "sign-in" }],
  ["/setup", { page: "setup" }],
  ["/people/", { page: "admin", part: "people" }],
  ["/people/keys", { page: "admin", part: "keys" }],
  ["/people/models", { page: "admin", part: "models" }],
  ["/people/audit/", { page: "admin", part: "audit" }],
  [`/session/${ID}`, { page: "session", id: ID }],
  [`/session/${ID}/`, { page: "session", id: ID }],
  [`/session/${ID}/debrief`, { page: "debrief", id: ID }],
  [`/observe/${ID}`, { page: "observe", id: ID }],
  [`/review/${ID}`, { page: "review", id: ID }],
  ["/session/", { page: "unknown", path: "/session/" }],
  ["/session/../api", { page: "unknown", path: "/session/../api" }],
  ["/other", { page: "unknown", path: "/other" }],
])("%s is %o", (path, route) => {
  expect(parse(path)).toEqual(route);
});

describe("links that the server sends", () => {
  test.each([
    [`http://127.0.0.1:7878/session/${ID}#key=abc`, `/session/${ID}#key=abc`],
    [`/observe/${ID}#key=abc`, `/observe/${ID}#key=abc`],
    ["javascript:alert(1)", null],
    ["data:text/html,x", null],
  ])("%s becomes %s", (link, path) => {
    expect(local(link, "http://localhost")).toBe(path);
  });

  test("the debrief keeps the key", () => {
    expect(debriefOf("/session/1#key=k")).toBe("/session/1/debrief#key=k");
    expect(debriefOf("/session/1/")).toBe("/session/1/debrief");
  });
});

describe("session keys", () => {
  test("a key in the fragment is taken and remembered, and found again without it", () => {
    const kept = new Map<string, string>();
    const store = {
      getItem: (name: string) => kept.get(name) ?? null,
      setItem: (name: string, value: string) => void kept.set(name, value),
    };
    expect(keyFor("candidate", ID, "#key=a-b_c", store)).toBe("a-b_c");
    expect(kept.get(`caveat:key:candidate:${ID}`)).toBe("a-b_c");
    expect(keyFor("candidate", ID, "", store)).toBe("a-b_c");
    expect(keyFor("review", ID, "", store)).toBeNull();
  });

  test("a fragment without a key has none", () => {
    expect(keyIn("#claims")).toBeNull();
    expect(keyIn("#key=")).toBeNull();
    expect(keyIn("")).toBeNull();
  });
});
