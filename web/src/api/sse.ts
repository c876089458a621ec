/** Reads the text/event-stream format piece by piece. */

export interface SseMessage {
  event: string;
  id: string | null;
  data: string;
}

export class SseParser {
  private rest = "";
  private event = "";
  private data: string[] = [];
  private id: string | null = null;
  private first = true;

  /** Takes the next piece of text and gives the messages that it completes. */
  push(piece: string): SseMessage[] {
    let text = this.rest + piece;
    if (this.first && text.length > 0) {
      this.first = false;
      if (text.startsWith("\uFEFF")) text = text.slice(1);
    }
    const messages: SseMessage[] = [];
    let start = 0;
    for (;;) {
      const end = lineEnd(text, start);
      if (end === null) break;
      const message = this.line(text.slice(start, end.at));
      if (message) messages.push(message);
      start = end.next;
    }
    this.rest = text.slice(start);
    return messages;
  }

  private line(line: string): SseMessage | null {
    if (line === "") return this.dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return null;
    const field = colon < 0 ? line : line.slice(0, colon);
    let value = colon < 0 ? "" : line.slice(colon + 1);
    if (value.startsWith(" ")) value = value.slice(1);
    if (field === "event") this.event = value;
    else if (field === "data") this.data.push(value);
    else if (field === "id" && !value.includes("\0")) this.id = value;
    return null;
  }

  private dispatch(): SseMessage | null {
    const message = { event: this.event || "message", id: this.id, data: this.data.join("\n") };
    const empty = this.data.length === 0;
    this.event = "";
    this.data = [];
    this.id = null;
    return empty ? null : message;
  }
}

/** The next line end; a CR at the very end may be half of a CRLF, so it waits. */
function lineEnd(text: string, from: number): { at: number; next: number } | null {
  for (let at = from; at < text.length; at++) {
    const unit = text[at];
    if (unit === "\n") return { at, next: at + 1 };
    if (unit === "\r") {
      if (at + 1 === text.length) return null;
      return { at, next: text[at + 1] === "\n" ? at + 2 : at + 1 };
    }
  }
  return null;
}
