import { describe, expect, it } from "vitest";
import { ApiError, sessionClient, Unreachable } from "./client";

const answering = (status: number, body = "") =>
  sessionClient("id", "key", () => Promise.resolve(new Response(body, { status })));
const envelope = JSON.stringify({ error: { code: "some_code", detail: "what is wrong", hint: "what to do" } });

describe("a status that says nothing about the command", () => {
  it.each([429, 502, 503, 504])("is like no network for %i: what waits is sent again", async (status) => {
    await expect(answering(status, envelope).request("POST", "/runs", {})).rejects.toBeInstanceOf(Unreachable);
  });
});

it("too many tries at a password are told, not tried again", async () => {
  const body = JSON.stringify({ error: { code: "too_many_tries", detail: "too many tries: wait 15 minutes" } });
  const refused = answering(429, body).request("POST", "/sign-in", {});
  await expect(refused).rejects.toThrow(/^Too many tries: wait 15 minutes\.$/);
});

describe("a refusal", () => {
  it.each([400, 401, 403, 404, 409, 413, 422, 500])("is told with its words for %i", async (status) => {
    const refused = answering(status, envelope).request("POST", "/runs", {});
    await expect(refused).rejects.toBeInstanceOf(ApiError);
    await expect(refused).rejects.toMatchObject({ status, code: "some_code", hint: "what to do" });
    await expect(refused).rejects.toThrow("What is wrong. What to do.");
  });
});
