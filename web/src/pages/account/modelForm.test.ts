import { describe, expect, test } from "vitest";
import { FakeModels, sampleModels } from "../../../dev/models";
import { accounts, ApiError, type Fetch } from "../../api/client";
import type { LiveModel, LiveModels, WrittenModel } from "../../api/types";
import { blank, differences, names, nowIs, ofKind, OTHER, read, rebase, usual, written, type Typed } from "./modelForm";

/** The page's client in front of the fake server. */
function client(models: FakeModels) {
  const fetcher: Fetch = async (input, init) => {
    const segments = String(input).split("/").slice(3).map(decodeURIComponent);
    const body: unknown = init?.body ? JSON.parse(String(init.body)) : undefined;
    const { status, value } = models.answer(init?.method ?? "GET", segments, body);
    return new Response(status === 204 ? null : JSON.stringify(value), { status });
  };
  return accounts(fetcher);
}

const api = client(sampleModels());
const known: LiveModels = await api.models();
const TYPED: Typed = { ...blank("ollama", known), name: "mine", model: "m" };

describe("a kind of upstream", () => {
  test("fills in what is known about it", () => {
    const { preset, dialect, address } = blank("anthropic", known);
    expect([preset, dialect, address]).toEqual(["anthropic", "anthropic", "https://api.anthropic.com/v1"]);
    expect(ofKind(blank("anthropic", known), "azure", known).address).toBe("");
    expect(ofKind(blank("anthropic", known), OTHER, known).dialect).toBe("anthropic");
  });

  test("leaves an address alone that somebody typed", () => {
    const typed = { ...TYPED, address: "http://10.0.0.7/v1" };
    expect(ofKind(typed, "gemini", known)).toMatchObject({ address: "http://10.0.0.7/v1", dialect: "gemini" });
  });

  test.each<[Typed["preset"], Typed["dialect"], string, number | null]>([
    ["openai", "openai_responses", "bearer", null],
    ["litellm", "anthropic", "x-api-key", 4096],
    ["azure", "openai_chat", "api-key", null],
    [OTHER, "gemini", "x-goog-api-key", null],
  ])("%s in %s has its usual header and most tokens", (preset, dialect, header, maxTokens) => {
    expect(usual({ preset, dialect }, known)).toEqual({ header, maxTokens });
  });
});

describe("what is sent", () => {
  test.each<[Partial<Typed>, Partial<WrittenModel>]>([
    [{}, { name: "mine", preset: "ollama", dialect: null, base_url: null, key_env: null, fallback: ["offline"] }],
    [{ preset: OTHER }, { preset: null, dialect: "openai_chat", base_url: "http://127.0.0.1:11434/v1" }],
    [
      { name: " a ", model: " b ", address: " http://c/v1 ", key: " K " },
      { name: "a", model: "b", key_env: "K" },
    ],
    [
      { address: "http://c/v1", dialect: "gemini" },
      { base_url: "http://c/v1", dialect: "gemini" },
    ],
    [
      { usage: "not asked", keyHeader: "api-key" },
      { ask_usage: false, key_header: "api-key" },
    ],
    [
      { usage: "asked", keyHeader: "" },
      { ask_usage: null, key_header: null },
    ],
    [
      { maxTokens: 7, temperature: 0, priceIn: 0.5, priceOut: null },
      { max_tokens: 7, temperature: 0, price_in: 0.5 },
    ],
  ])("%o becomes %o", (typed, sent) => {
    expect(written({ ...TYPED, ...typed }, known)).toMatchObject(sent);
  });

  test.each(known.models.map((model): [string, LiveModel] => [model.name, model]))(
    "%s is sent as it was read, when nothing is changed",
    (_, model) => {
      const again = new FakeModels([written(read(model), known)]).models[0];
      const rest = { from: model.from, version: model.version, upstream: model.upstream };
      expect({ ...again, ...rest }).toEqual(model);
    },
  );

  test("names are read as people write them", () => {
    expect(names(" local, big  offline,")).toEqual(["local", "big", "offline"]);
  });
});

describe("somebody else changed the model meanwhile", () => {
  const base: Typed = { ...TYPED, address: "http://a/v1", maxTokens: 1 };

  test("what they changed is taken, what was typed here stays, and both are told", () => {
    const theirs: Typed = { ...base, address: "http://theirs/v1", priceIn: 2, temperature: 1 };
    const mine: Typed = { ...base, address: "http://mine/v1", maxTokens: null, temperature: 1 };
    expect(rebase(base, theirs, mine)).toEqual({
      typed: { ...base, address: "http://mine/v1", priceIn: 2, maxTokens: null, temperature: 1 },
      taken: ["priceIn"],
      contested: ["address"],
    });
    expect(nowIs("priceIn", theirs)).toBe("A million tokens read is now 2.00");
    expect(nowIs("address", theirs)).toBe("Base URL is now http://theirs/v1");
    expect(nowIs("maxTokens", mine)).toBe("Most tokens of an answer is now empty");
    expect(nowIs("keyHeader", mine)).toBe("Header of the key is now as usual");
    expect(nowIs("preset", { ...mine, preset: "llama_cpp" })).toBe("Kind is now llama.cpp");
  });

  test("the server refuses a save from an old version, and takes it from the new one", async () => {
    const two = client(sampleModels());
    const azure = async () => (await two.models()).models.find(({ name }) => name === "azure") as LiveModel;
    const before = await azure();
    const mine: Typed = { ...read(before), priceOut: 4 };
    const model = written({ ...read(before), priceIn: 1 }, known);
    await two.changeModel("azure", { version: before.version, model });
    const late = two.changeModel("azure", { version: before.version, model: written(mine, known) });
    await expect(late).rejects.toThrow(ApiError);
    await expect(late).rejects.toMatchObject({ code: "model_changed" });
    const now = await azure();
    const { typed } = rebase(read(before), read(now), mine);
    await two.changeModel("azure", { version: now.version, model: written(typed, known) });
    expect(await azure()).toMatchObject({ price_in: 1, price_out: 4 });
  });

  test("two forms differ where a field does", () => {
    expect(differences(base, { ...base })).toEqual([]);
    expect(differences(base, { ...base, model: "n", priceIn: 0 })).toEqual(["model", "priceIn"]);
  });
});
