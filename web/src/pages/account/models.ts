/** Live models in words. */

import type { FailureKind, LiveModel, Preset, UpstreamFigures } from "../../api/types";
import { count, milliseconds } from "../../text/format";

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

/** `2 × no connection, 1 × too slow`; empty when nothing failed. */
export function failures({ failures }: UpstreamFigures): string {
  return failures.map(({ kind, count }) => `${count} × ${FAILURES[kind]}`).join(", ");
}

/** `median 420 ms, slowest 1.2 s`. */
export function speed({ first_word }: UpstreamFigures): string {
  if (first_word === null) return "no answer yet";
  return `median ${milliseconds(first_word.median_ms)}, slowest ${milliseconds(first_word.slowest_ms)}`;
}

/** Where the key is; never the key. */
export function keyPlace({ key }: Pick<LiveModel, "key">): string {
  return key.in === "nowhere" ? "no key" : `key in ${key.name}`;
}

/** `Ollama, qwen3:8b`. */
export function kind({ preset, dialect, model }: Pick<LiveModel, "preset" | "dialect" | "model">): string {
  return `${preset === null ? DIALECTS[dialect] : PRESETS[preset]}, ${model}`;
}

/** `3 minutes`. */
export function span(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  if (seconds < 90) return count(seconds, "second");
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? count(minutes, "minute") : count(Math.round(minutes / 60), "hour");
}

/** Names that stand in one field, with commas or blanks between them. */
export function names(text: string): string[] {
  return text.split(/[\s,]+/).filter((name) => name !== "");
}
