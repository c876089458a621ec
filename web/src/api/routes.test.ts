import { expect, test } from "vitest";
import { Client } from "./client";
import { address } from "./routes";

test.each([
  ["/runs", {}, "/runs"],
  ["/files/{path}", { path: "a b/c#d.py" }, "/files/a%20b/c%23d.py"],
  ["/questions/{question}", { question: "a/b" }, "/questions/a%2Fb"],
  ["/edits", { path: "a/b.py", after: 3 }, "/edits?path=a%2Fb.py&after=3"],
  ["/history/{commit}", { commit: "c0ffee", path: "a.py" }, "/history/c0ffee?path=a.py"],
  ["/history", { path: undefined }, "/history"],
  ["/search", { q: "x&y", case: false }, "/search?q=x%26y&case=false"],
])("%s with %o is %s", (route, values, expected) => {
  expect(address(route, values)).toBe(expected);
});

test("a brace that nothing fills is a mistake of the caller", () => {
  expect(() => address("/flags/{flag}", {})).toThrow("{flag}");
});

test("the compiler knows the server's routes: `npm run check` fails where a mistake is not one", () => {
  const client = new Client("/api/sessions/1", null, async () => new Response("{}"));
  // @ts-expect-error no such route
  void client.get("/outlines", { path: "a.py" });
  // @ts-expect-error nothing fills the brace
  expect(() => client.get("/files/{path}")).toThrow();
  // @ts-expect-error no such parameter
  void client.get("/outline", { file: "a.py" });
  // @ts-expect-error a choice is a number
  void client.send("PUT", "/questions/{question}", { choice: "first" }, { question: "cause" });
  // @ts-expect-error flags are not posted there
  void client.send("POST", "/flags/{flag}", undefined, { flag: "f" });
  expect(client.base).toBe("/api/sessions/1");
});
