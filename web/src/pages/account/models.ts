/** Live models in words. */

import type { FailureKind, LiveModel, Preset, UpstreamFigures, UpstreamTest } from "../../api/types";
import { count, milliseconds, sentence } from "../../text/format";

/** Common kinds of upstreams by the names that people know. */
export const PRESETS: Readonly<Record<Preset, string>> = {
  openai: "OpenAI",
  anthropic: "Anthropic",
  gemini: "Google Gemini",
  ollama: "Ollama",
  vllm: "vLLM",
  llama_cpp: "llama.cpp",
  litellm: "LiteLLM",
  openrouter: "OpenRouter",
  azure: "Azure OpenAI",
};

export const DIALECTS: Readonly<Record<LiveModel["dialect"], string>> = {
  openai_chat: "OpenAI chat completions",
  openai_responses: "OpenAI responses",
  anthropic: "Anthropic messages",
  gemini: "Gemini",
};

/** Headers that a key may go into. */
export const HEADERS: Readonly<Record<NonNullable<LiveModel["key_header"]>, string>> = {
  bearer: "Authorization: Bearer",
  "x-api-key": "x-api-key",
  "x-goog-api-key": "x-goog-api-key",
  "api-key": "api-key",
};

const FAILURES: Readonly<Record<FailureKind, string>> = {
  settings: "settings that cannot work",
  refused: "no connection",
  timed_out: "too slow",
  busy: "busy (429)",
  server: "failed inside (5xx)",
  rejected: "request refused",
  cut: "broken off",
  malformed: "not readable",
  reported: "reported an error",
  empty: "no words",
  left_alone: "not asked",
};

/** Whether a model is asked, and for how long it is not. */
export function standing({ trouble, upstream }: Pick<LiveModel, "trouble" | "upstream">): string {
  if (trouble !== null || upstream === null) return "Cannot be asked";
  const { breaker } = upstream;
  if (breaker.state === "half_open") return "Being tried again";
  if (breaker.state === "open") {
    return breaker.left_ms === 0 ? "Left alone until the next prompt" : `Left alone for ${span(breaker.left_ms)}`;
  }
  if (breaker.failures > 0) return `Asked, after ${count(breaker.failures, "failure")} in a row`;
  return upstream.attempts === 0 ? "Not asked yet" : "Asked";
}

/** `12 requests, 10 answers`. */
export function requests({ attempts, answers }: UpstreamFigures): string {
  return `${count(attempts, "request")}, ${count(answers, "answer")}`;
}

/** `2 × no connection, 1 × too slow`. */
export function failures({ failures }: UpstreamFigures): string {
  return failures.map(({ kind, count }) => `${count}\u00a0× ${FAILURES[kind]}`).join(", ") || "nothing failed";
}

/** When the newest failure was, and what it was. */
export function since({ last_error }: Pick<UpstreamFigures, "last_error">): string {
  return last_error === null ? "none" : `${span(last_error.ago_ms)} ago: ${sentence(last_error.text)}`;
}

/** The same on a line of its own. */
export function lastError(figures: Pick<UpstreamFigures, "last_error">): string {
  return figures.last_error === null ? "No error so far." : `Last error ${since(figures)}`;
}

/** `median 420 ms, slowest 1.2 s`. */
export function speed({ first_word }: UpstreamFigures): string {
  if (first_word === null) return "no answer yet";
  const whole = (ms: number) => milliseconds(ms).replace(" ", "\u00a0");
  return `median ${whole(first_word.median_ms)}, slowest ${whole(first_word.slowest_ms)}`;
}

/** Where the key is, and whether it is there; never the key. */
export function keyPlace({ key, key_missing }: Pick<LiveModel, "key" | "key_missing">): string {
  if (key.in === "nowhere") return "no key is sent";
  return `key in ${key.name}${key_missing ? ", which is not set" : ""}`;
}

/** Who is asked, one after the other, and whether the offline assistant comes last. */
export interface Order {
  models: LiveModel[];
  offline: boolean;
}

export function order(first: LiveModel, all: readonly LiveModel[]): Order {
  const models = [first];
  let offline = false;
  const follow = (model: LiveModel): void =>
    model.fallback.forEach((name) => {
      const next = all.find((one) => one.name === name && one.trouble === null);
      offline ||= name === "offline";
      if (next === undefined || models.includes(next)) return;
      models.push(next);
      follow(next);
    });
  follow(first);
  return { models, offline };
}

/** Who answers when it does not. */
export function behind({ models, offline }: Order): string {
  const names = [...models.slice(1).map((model) => model.name), ...(offline ? ["the offline assistant"] : [])];
  return names.length > 0 ? names.map((name) => `then ${name}`).join(", ") : "nobody: a prompt stays unanswered";
}

/** `0.15`, with more places where they are needed. */
export function price(units: number): string {
  return units.toFixed(6).replace(/0{1,4}$/, "");
}

type Priced = Pick<LiveModel, "price_in" | "price_out">;
const isPriced = ({ price_in, price_out }: Priced) => (price_in ?? 0) > 0 || (price_out ?? 0) > 0;

/** `a million tokens: 3.00 read, 15.00 written`. */
export function prices({ models: [own, ...others] }: Order): string {
  if (own && isPriced(own)) {
    return `a million tokens: ${price(own.price_in ?? 0)} read, ${price(own.price_out ?? 0)} written`;
  }
  return others.some(isPriced) ? "no prices of its own" : "no prices, so no budget for cost";
}

/** The same, and what follows from it. */
export function pricing(order: Order): string {
  const [own, ...others] = order.models;
  const priced = list(others.filter(isPriced).map((model) => model.name));
  if (own && isPriced(own)) {
    const budgets = priced === "" ? "" : ` A budget for cost counts at the dearest of these and those of ${priced}.`;
    return `${prices(order)}.${budgets}`;
  }
  if (priced !== "") return `none. A budget for cost counts at the prices of ${priced}, which it falls back to.`;
  return "none. A session with this model alone can have no budget for cost, and staff see tokens but no cost.";
}

function list(names: readonly string[]): string {
  return names.join(" and ");
}

/** `Ollama, qwen3:8b`. */
export function kind({ preset, dialect, model }: Pick<LiveModel, "preset" | "dialect" | "model">): string {
  return `${preset === null ? DIALECTS[dialect] : PRESETS[preset]}, ${model}`;
}

/** How a test went. */
export function outcome({ first_word_ms: first, trouble }: UpstreamTest): string {
  if (trouble !== null) return `${sentence(trouble.cause)} To mend it: ${trouble.remedy}.`;
  return `it answers, first word after ${milliseconds(first ?? 0)}.`;
}

/** `3 minutes`. */
export function span(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 90) return count(seconds, "second");
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? count(minutes, "minute") : count(Math.round(minutes / 60), "hour");
}
