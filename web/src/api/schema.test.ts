import { readFileSync } from "node:fs";
import openapi, { astToString, COMMENT_HEADER } from "openapi-typescript";
import { expect, test } from "vitest";

const DOCUMENT = new URL("../../../crates/server/openapi.json", import.meta.url);

test("the types are what the server's document gives: `npm run schema` writes them", async () => {
  const made = COMMENT_HEADER + astToString(await openapi(DOCUMENT));
  expect(made).toBe(readFileSync(new URL("schema.d.ts", import.meta.url), "utf8"));
});
