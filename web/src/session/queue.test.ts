import { expect, test } from "vitest";
import { ApiError, Unreachable } from "../api/client";
import { Shelf, type KeyValue } from "./drafts";
import { command, CommandQueue, type Command } from "./queue";

class Storage implements KeyValue {
  readonly kept = new Map<string, string>();
  getItem = (name: string) => this.kept.get(name) ?? null;
  setItem = (name: string, value: string) => void this.kept.set(name, value);
  removeItem = (name: string) => void this.kept.delete(name);
  key = (index: number) => [...this.kept.keys()][index] ?? null;
  get length() {
    return this.kept.size;
  }
}
const noted = (id: string): Command => ({ what: "prompt", method: "POST", path: "/prompts", body: { id } });
const idOf = (sent: Command) => (sent.body as { id: string }).id;

function queue(storage: Storage, answers: (Error | null)[]) {
  const sent: string[] = [];
  const waits: number[] = [];
  const refused: string[] = [];
  const made = new CommandQueue({
    send: async (one) => {
      sent.push(idOf(one));
      const answer = answers.shift() ?? null;
      if (answer) throw answer;
    },
    shelf: new Shelf("q:", storage),
    changed: () => undefined,
    refused: (one) => refused.push(idOf(one)),
    wait: async (failures) => void waits.push(failures),
  });
  return { made, sent, waits, refused };
}

test("a command that does not get through goes out again with the same id, before the next", async () => {
  const away = new Unreachable(new Error("down"));
  const { made, sent, waits } = queue(new Storage(), [away, away, null, null]);
  const results = await Promise.all([made.push(noted("1")), made.push(noted("2"))]);
  expect(sent).toEqual(["1", "1", "1", "2"]);
  expect(waits).toEqual([1, 2]);
  expect(results).toEqual([{ ok: true }, { ok: true }]);
});

test("a refusal is told and not repeated", async () => {
  const { made, sent } = queue(new Storage(), [new ApiError(409, "answer_pending", "wait", null)]);
  const result = await made.push(noted("1"));
  expect(result.ok).toBe(false);
  expect(sent).toEqual(["1"]);
  expect(made.waiting).toBe(0);
});

test("what waits is kept, and sent after a reload", async () => {
  const storage = new Storage();
  const stuck = new CommandQueue({
    send: () => new Promise(() => undefined),
    shelf: new Shelf("q:", storage),
    changed: () => undefined,
    refused: () => undefined,
    wait: async () => undefined,
  });
  void stuck.push(noted("1"));
  void stuck.push(noted("2"));
  const after = queue(storage, [null, new ApiError(409, "session_over", "over", null)]);
  await new Promise((resolve) => setTimeout(resolve));
  expect(after.sent).toEqual(["1", "2"]);
  expect(after.refused).toEqual(["2"]);
  expect(storage.length).toBe(0);
});

test("a full storage costs the memory, not the work", async () => {
  const storage = new Storage();
  storage.setItem = () => {
    throw new Error("full");
  };
  const { made, sent } = queue(storage, [null]);
  expect(await made.push(noted("1"))).toEqual({ ok: true });
  expect(sent).toEqual(["1"]);
});

test("a command is plain data, with the address it goes to", () => {
  const made = command("flag", "POST", "/answers/{answer}/flags", { reason: "no" }, { answer: "a 1" });
  expect(made).toEqual({ what: "flag", method: "POST", path: "/answers/a%201/flags", body: { reason: "no" } });
  expect(command("withdrawal", "DELETE", "/flags/{flag}", undefined, { flag: "f" })).toEqual({
    what: "withdrawal",
    method: "DELETE",
    path: "/flags/f",
  });
});
