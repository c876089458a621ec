import { describe, expect, test } from "vitest";
import { SseParser, type SseMessage } from "./sse";

function parse(...pieces: string[]): SseMessage[] {
  const parser = new SseParser();
  return pieces.flatMap((piece) => parser.push(piece));
}

describe("the event-stream parser", () => {
  const cases: [string, string[], SseMessage[]][] = [
    ["reads event, id and data", ["event: fact\nid: 7\ndata: {}\n\n"], [{ event: "fact", id: "7", data: "{}" }]],
    ["joins lines of data", ["data: a\ndata: b\n\n"], [{ event: "message", id: null, data: "a\nb" }]],
    ["passes over comments", [": ping\n\ndata: a\n\n"], [{ event: "message", id: null, data: "a" }]],
    ["takes off one blank only", ["data:  a\n\n"], [{ event: "message", id: null, data: " a" }]],
    ["takes CRLF for one line end", ["data: a\r\n\r\n"], [{ event: "message", id: null, data: "a" }]],
    [
      "takes CRLF cut in two for one line end",
      ["data: a\r", "\n\r", "\ndata: b\n\n"],
      [
        { event: "message", id: null, data: "a" },
        { event: "message", id: null, data: "b" },
      ],
    ],
    ["skips a byte order mark", ["\uFEFFdata: a\n\n"], [{ event: "message", id: null, data: "a" }]],
    ["gives nothing for an event without data", ["event: fact\nid: 3\n\n"], []],
    ["keeps an empty line of data", ["data\n\n"], [{ event: "message", id: null, data: "" }]],
    ["drops an id with a null character", ["id: a\0b\ndata: x\n\n"], [{ event: "message", id: null, data: "x" }]],
    ["gives nothing for a message that is cut off", ["data: a\n"], []],
  ];
  test.each(cases)("%s", (_, pieces, expected) => {
    expect(parse(...pieces)).toEqual(expected);
  });

  test("gives the same messages wherever the stream is cut", () => {
    const whole = 'event: delta\ndata: {"text":"naïve 🙂"}\n\n: c\nid: 9\nevent: fact\r\ndata: 1\r\ndata: 2\r\n\r\n';
    const expected = parse(whole);
    expect(expected).toHaveLength(2);
    for (let at = 0; at <= whole.length; at++) {
      expect(parse(whole.slice(0, at), whole.slice(at))).toEqual(expected);
    }
  });
});
