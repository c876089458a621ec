/** Conversations, and what stands beside a prompt, in words. */

import type { ContextItem, ExchangeView, PromptShown } from "../api/types";
import { basename } from "../text/format";

export interface Chat {
  chat: string;
  title: string;
}

/** The conversations in the order in which they began, each named by its first prompt. */
export function chatsOf(exchanges: ExchangeView[]): Chat[] {
  const chats: Chat[] = [];
  for (const { prompt, volunteered } of exchanges) {
    if (volunteered || chats.some((known) => known.chat === prompt.chat)) continue;
    const line = prompt.text.trim().split("\n")[0] ?? "";
    chats.push({ chat: prompt.chat, title: line.length > 48 ? `${line.slice(0, 47)}…` : line });
  }
  return chats;
}

/** What a conversation shows: its prompts with their answers, and every card as soon as words of it are there. */
export function shownIn(exchanges: ExchangeView[], chat: string | null): ExchangeView[] {
  return exchanges.filter(({ volunteered, answer, prompt }) => (volunteered ? answer !== null : prompt.chat === chat));
}

/** Whether an answer is on its way that the next prompt waits for; a card holds up nobody. */
export function isAwaited(exchanges: ExchangeView[]): boolean {
  return exchanges.some((exchange) => exchange.outcome === null && !exchange.volunteered);
}

/** How many cards there are to be seen. */
export function cardsIn(exchanges: ExchangeView[]): number {
  return exchanges.filter((exchange) => exchange.volunteered && exchange.answer !== null).length;
}

/** What became whole and was not told yet, in words for who does not see it; what is told now is noted. */
export function news(exchanges: ExchangeView[], told: Set<string>): string {
  const whole = exchanges.filter(({ outcome, prompt }) => outcome !== null && !told.has(prompt.prompt));
  for (const { prompt } of whole) told.add(prompt.prompt);
  const words = whole.map(({ volunteered, answer }) => {
    return `The assistant ${volunteered ? "adds" : "answered"}: ${answer?.text ?? "nothing"}`;
  });
  return words.join(" ");
}

export function contextWords(item: ContextItem): string {
  switch (item.type) {
    case "file":
      return basename(item.path);
    case "selection":
      return `${basename(item.path)}:${item.from_line}–${item.to_line}`;
    case "run":
      return "last run";
    case "repository":
      return "whole repository";
  }
}

/** What a prompt came with and which model it was for; nothing where there is nothing to say. */
export function besideWords({ context, model }: PromptShown): string {
  const beside = context.length > 0 ? `with ${context.map(contextWords).join(", ")}` : "";
  return [model === null ? "" : `to ${model}`, beside].filter((words) => words !== "").join(" ");
}
