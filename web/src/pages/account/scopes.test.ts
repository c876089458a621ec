import { expect, test } from "vitest";
import type { ApiKey, Scope } from "../../api/types";
import { scopeWords, standing } from "./scopes";

test.each<[Scope[], string]>([
  [["sessions:read"], "Read sessions"],
  [["reports:read", "sessions:create"], "Set sessions up, read reports"],
  [["sessions:create", "sessions:read", "reports:read"], "Set sessions up, read sessions, read reports"],
])("%o in words", (scopes, words) => {
  expect(scopeWords(scopes)).toBe(words);
});

const KEY: ApiKey = { id: "k", name: "n", scopes: [], created: 0, expires: null, revoked: null, holds: true };
test.each<[Partial<ApiKey>, RegExp]>([
  [{}, /^in use$/],
  [{ expires: 5, holds: false }, /^has ended$/],
  [{ revoked: 86_400_000, holds: false }, /^revoked .*1970/],
])("a key with %o stands so", (more, words) => {
  expect(standing({ ...KEY, ...more })).toMatch(words);
});
