/** Conversations, and what stands beside a prompt, in words. */

import type { ContextItem, ExchangeView } from "../api/types";
import { basename } from "../text/format";

export interface Chat {
  chat: string;
  title: string;
}

/** The conversations in the order in which they began. */
export function chatsOf(exchanges: ExchangeView[]): Chat[] {
  const chats: Chat[] = [];
  for (const { prompt } of exchanges) {
    if (chats.some((known) => known.chat === prompt.chat)) continue;
    const line = prompt.text.trim().split("\n")[0] ?? "";
    chats.push({ chat: prompt.chat, title: line.length > 48 ? `${line.slice(0, 47)}…` : line });
  }
  return chats;
}

export function contextWords(item: ContextItem): string {
  switch (item.type) {
    case "file":
      return basename(item.path);
    case "selection":
      return `${basename(item.path)}:${item.from_line}–${item.to_line}`;
    case "run":
      return "last run";
  }
}
