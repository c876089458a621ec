/** What the form of a live model holds, and how that becomes what the server takes. */

import type { LiveModel, LiveModels, Preset, WrittenModel } from "../../api/types";
import { DIALECTS, HEADERS, PRESETS, price } from "./models";

/** What is known about kinds of upstreams and about dialects. */
export type Known = Pick<LiveModels, "presets" | "dialects">;

/** An upstream of none of the kinds that are known. */
export const OTHER = "other";

/** All fields, as controls hold them: a number that was left out is null, a choice that was left out is empty. */
export interface Typed {
  name: string;
  preset: Preset | typeof OTHER;
  dialect: LiveModel["dialect"];
  address: string;
  model: string;
  key: string;
  fallback: string;
  priceIn: number | null;
  priceOut: number | null;
  keyHeader: NonNullable<LiveModel["key_header"]> | "";
  maxTokens: number | null;
  temperature: number | null;
  usage: "asked" | "not asked";
}
export type FieldName = keyof Typed;

/** What fields are called. */
export const LABELS: Readonly<Record<FieldName, string>> = {
  name: "Name",
  preset: "Kind",
  dialect: "Dialect",
  address: "Base URL",
  model: "Model",
  key: "Variable with the key",
  fallback: "Falls back to",
  priceIn: "A million tokens read",
  priceOut: "A million tokens written",
  keyHeader: "Header of the key",
  maxTokens: "Most tokens of an answer",
  temperature: "Temperature",
  usage: "Token counts",
};
const NAMES = Object.keys(LABELS) as FieldName[];

/** Fields that stand among what is seldom said. */
export const SELDOM: readonly FieldName[] = ["keyHeader", "maxTokens", "temperature", "usage"];

/** An empty form for a kind of upstream. */
export function blank(preset: Preset, known: Known): Typed {
  const empty: Typed = {
    name: "",
    preset: OTHER,
    dialect: "openai_chat",
    address: "",
    model: "",
    key: "",
    fallback: "offline",
    priceIn: null,
    priceOut: null,
    keyHeader: "",
    maxTokens: null,
    temperature: null,
    usage: "asked",
  };
  return ofKind(empty, preset, known);
}

/** A form with what is known about a model. */
export function read(model: LiveModel): Typed {
  return {
    name: model.name,
    preset: model.preset ?? OTHER,
    dialect: model.dialect,
    address: model.base_url ?? "",
    model: model.model,
    key: model.key.in === "environment" ? model.key.name : "",
    fallback: model.fallback.join(", "),
    priceIn: model.price_in,
    priceOut: model.price_out,
    keyHeader: model.key_header ?? "",
    maxTokens: model.max_tokens,
    temperature: model.temperature,
    usage: model.ask_usage === false ? "not asked" : "asked",
  };
}

/** Another kind fills in what is known about it; an address that somebody typed stays. */
export function ofKind(typed: Typed, preset: Typed["preset"], { presets }: Known): Typed {
  const found = presets.find((one) => one.preset === preset);
  const filled = typed.address === "" || presets.some((one) => one.base_url === typed.address);
  return {
    ...typed,
    preset,
    dialect: found?.dialect ?? typed.dialect,
    address: filled ? (found?.base_url ?? "") : typed.address,
  };
}

/** What the server takes. What is as the kind has it is left out, and goes on being as the kind has it. */
export function written(typed: Typed, { presets }: Known): WrittenModel {
  const preset = presets.find((one) => one.preset === typed.preset);
  const address = typed.address.trim();
  return {
    name: typed.name.trim(),
    preset: typed.preset === OTHER ? null : typed.preset,
    dialect: typed.dialect === preset?.dialect ? null : typed.dialect,
    base_url: address === "" || address === preset?.base_url ? null : address,
    model: typed.model.trim(),
    key_env: typed.key.trim() || null,
    key_header: typed.keyHeader || null,
    max_tokens: typed.maxTokens,
    temperature: typed.temperature,
    ask_usage: typed.usage === "not asked" ? false : null,
    fallback: names(typed.fallback),
    price_in: typed.priceIn,
    price_out: typed.priceOut,
  };
}

/** The header that the key goes into, and the most tokens (none: as many as the upstream likes), where nothing is said. */
export function usual(
  { preset, dialect }: { preset: Typed["preset"] | null; dialect: Typed["dialect"] },
  { presets, dialects }: Known,
): { header: NonNullable<LiveModel["key_header"]>; maxTokens: number | null } {
  const own = presets.find((one) => one.preset === preset)?.key_header;
  const spoken = dialects.find((one) => one.dialect === dialect);
  return { header: own ?? spoken?.key_header ?? "bearer", maxTokens: spoken?.max_tokens ?? null };
}

/** Names that stand in one field, with commas or blanks between them. */
export function names(text: string): string[] {
  return text.split(/[\s,]+/).filter((name) => name !== "");
}

/** Fields in which two forms differ. */
export function differences(one: Typed, other: Typed): FieldName[] {
  return NAMES.filter((name) => one[name] !== other[name]);
}

/** What became of a form when somebody else changed the model that it is about. */
export interface Rebased {
  /** Theirs, with what was typed here since it was read. */
  typed: Typed;
  /** Fields that they changed and that are theirs now. */
  taken: FieldName[];
  /** Fields that both changed; what was typed here stays. */
  contested: FieldName[];
}

export function rebase(base: Typed, theirs: Typed, mine: Typed): Rebased {
  const touched = new Set(differences(base, mine));
  const changed = differences(base, theirs).filter((name) => theirs[name] !== mine[name]);
  const kept = Object.fromEntries([...touched].map((name) => [name, mine[name]]));
  return {
    typed: { ...theirs, ...kept },
    taken: changed.filter((name) => !touched.has(name)),
    contested: changed.filter((name) => touched.has(name)),
  };
}

/** `Base URL is now https://host/v1`. */
export function nowIs(name: FieldName, typed: Typed): string {
  return `${LABELS[name]} is now ${shown(name, typed)}`;
}

function shown(name: FieldName, typed: Typed): string {
  switch (name) {
    case "preset":
      return typed.preset === OTHER ? "another" : PRESETS[typed.preset];
    case "dialect":
      return DIALECTS[typed.dialect];
    case "keyHeader":
      return typed.keyHeader === "" ? "as usual" : HEADERS[typed.keyHeader];
    case "priceIn":
    case "priceOut": {
      const value = typed[name];
      return value === null ? "empty" : price(value);
    }
    default: {
      const value = typed[name];
      return value === null || value === "" ? "empty" : String(value);
    }
  }
}
