/**
 * Markdown from the assistant, a brief or a note, as safe HTML.
 * Policy: no raw HTML, no images, no links that lead anywhere, nothing loaded from elsewhere.
 */

import DOMPurify from "dompurify";
import { Lexer, Marked, type Token, type Tokens } from "marked";

export type Block = { kind: "html"; html: string } | { kind: "code"; lang: string; code: string };

const ALLOWED_TAGS = [
  ...["p", "br", "hr", "em", "strong", "del", "code", "pre", "blockquote", "ul", "ol", "li"],
  ...["h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"],
];

const marked = new Marked({
  gfm: true,
  breaks: false,
  renderer: {
    html: ({ text }) => escape(text),
    image: ({ text }) => escape(text),
    // An address is shown, not followed: a click must not leave the session.
    link({ href, tokens, text }) {
      const words = this.parser.parseInline(tokens);
      return href === text || href === `mailto:${text}` ? words : `${words} <code>${escape(href)}</code>`;
    },
    checkbox: ({ checked }) => (checked ? "[x] " : "[ ] "),
  },
});

/** Top-level blocks, so that a growing answer changes its last block only. */
export function blocks(source: string): Block[] {
  const tokens = new Lexer({ gfm: true }).lex(source);
  const result: Block[] = [];
  for (const token of tokens) {
    if (token.type === "space") continue;
    if (token.type === "code") {
      const code = token as Tokens.Code;
      result.push({ kind: "code", lang: (code.lang ?? "").split(/\s/)[0] ?? "", code: code.text });
    } else {
      result.push({ kind: "html", html: purify(marked.parser([token as Token])) });
    }
  }
  return result;
}

function purify(dirty: string): string {
  return DOMPurify.sanitize(dirty, {
    ALLOWED_TAGS,
    ALLOWED_ATTR: ["start", "align"],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
  });
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
