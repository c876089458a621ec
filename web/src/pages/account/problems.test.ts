import { describe, expect, it } from "vitest";
import { problemIn } from "./problems";

describe("why a sign-in did not work", () => {
  it.each([
    ["", ""],
    ["?other=unknown", ""],
    ["?problem=unknown", "Nobody here has your mail address. Ask an admin of this server to add you, then try again."],
    ["?problem=unreachable", "Example does not answer. Try again in a moment, or sign in with your password."],
  ])("%s", (query, words) => expect(problemIn(query, "Example")).toBe(words));

  it.each(["?problem=", "?problem=toString", "?problem=<b>pay here</b>"])(
    "says nothing that others put into the address: %s",
    (query) => expect(problemIn(query, "Example")).toBe("Signing in did not work. Try again."),
  );

  it("has words also where no provider is named", () => {
    expect(problemIn("?problem=declined", null)).toContain("The identity provider did not let you through");
  });
});
