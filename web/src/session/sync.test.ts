import { ChangeSet, EditorState, Text, type Transaction } from "@codemirror/state";
import { describe, expect, test } from "vitest";
import type { ChangeJson, Edited } from "../api/types";
import { FileSync, insertedFrom, rebase, syncing, type SendResult, type Unsent } from "./sync";

/** A server that accepts edits as the real one does: by version, repeats by id. */
class Authority {
  text = Text.of([""]);
  edits: Edited[] = [];
  lost = 0;
  refuse = false;
  sent: Edited[] = [];

  constructor(text: string) {
    this.text = Text.of(text.split("\n"));
  }
  get version() {
    return this.edits.at(-1)?.version ?? 0;
  }
  accept(edit: Edited): SendResult {
    if (this.edits.some((known) => known.edit === edit.edit)) return "accepted";
    if (this.refuse) return "refused";
    if (edit.version !== this.version + 1) return "stale";
    this.text = ChangeSet.fromJSON(edit.changes).apply(this.text);
    this.edits.push(edit);
    return "accepted";
  }
  /** Somebody else's change. */
  foreign(from: number, insert: string): Edited {
    const changes = ChangeSet.of([{ from, insert }], this.text.length).toJSON() as ChangeJson;
    const edit = { edit: `foreign ${this.version + 1}`, path: "a.py", version: this.version + 1, changes };
    this.accept(edit);
    return edit;
  }
  async send(edit: Edited): Promise<SendResult> {
    this.sent.push(edit);
    const result = this.accept(edit);
    if (this.lost > 0) {
      this.lost--;
      throw new Error("the answer was lost");
    }
    return result;
  }
  async after(version: number) {
    return this.edits.filter((edit) => edit.version > version);
  }
}

let clients = 0;

function client(authority: Authority, text = authority.text.toString(), version = authority.version) {
  let state = EditorState.create({ doc: text, extensions: syncing() });
  let ids = 0;
  const name = ++clients;
  const port = { state: () => state, dispatch: (transaction: Transaction) => (state = transaction.state) };
  const sync = new FileSync(
    "a.py",
    version,
    port,
    authority,
    () => `page ${name} edit ${++ids}`,
    () => undefined,
  );
  return {
    sync,
    text: () => state.doc.toString(),
    type: (from: number, insert: string, answer?: string) => {
      state = state.update({ changes: { from, insert }, annotations: answer ? [insertedFrom.of(answer)] : [] }).state;
    },
    replay: (unsent: Unsent[]) => {
      for (const one of unsent) {
        state = state.update({
          changes: ChangeSet.fromJSON(one.changes),
          annotations: one.insertedFrom ? [insertedFrom.of(one.insertedFrom)] : [],
        }).state;
        if (one.edit) sync.reserve(one.edit, 1);
      }
    },
  };
}

describe("a file under edit", () => {
  test("what was typed in one go is sent as one change", async () => {
    const server = new Authority("ab");
    const page = client(server);
    page.type(0, "1");
    page.type(1, "2");
    page.type(4, "3");
    await page.sync.flush();
    expect(server.sent).toHaveLength(1);
    expect(server.text.toString()).toBe("12ab3");
    expect(page.sync.serverVersion).toBe(1);
    expect(page.sync.unsentCount).toBe(0);
  });

  test("words from an answer are a change of their own that names the answer", async () => {
    const server = new Authority("");
    const page = client(server);
    page.type(0, "x");
    page.type(1, "y", "answer");
    page.type(2, "z");
    await page.sync.flush();
    expect(server.sent.map((edit) => edit.inserted_from)).toEqual([undefined, "answer", undefined]);
    expect(server.text.toString()).toBe("xyz");
  });

  test("a change of somebody else is taken in, and mine is moved over it", async () => {
    const server = new Authority("hello");
    const page = client(server);
    page.type(5, "!");
    server.foreign(0, ">> ");
    await page.sync.flush();
    expect(page.text()).toBe(">> hello!");
    expect(server.text.toString()).toBe(page.text());
    expect(page.sync.serverVersion).toBe(2);
  });

  test("an answer that is lost does not send the change twice", async () => {
    const server = new Authority("a");
    const page = client(server);
    page.type(1, "b");
    server.lost = 1;
    await expect(page.sync.flush()).rejects.toThrow("lost");
    page.type(2, "c");
    await page.sync.flush();
    const [first, again, second] = server.sent.map((edit) => edit.edit);
    expect(again).toBe(first);
    expect(second).not.toBe(first);
    expect(server.text.toString()).toBe("abc");
    expect(page.text()).toBe("abc");
  });

  test("the feed may confirm a change before the answer does", async () => {
    const server = new Authority("a");
    const page = client(server);
    page.type(1, "b");
    server.lost = 1;
    await page.sync.flush().catch(() => undefined);
    for (const edit of server.edits) await page.sync.accepted(edit);
    expect(page.sync.unsentCount).toBe(0);
    expect(page.sync.serverVersion).toBe(1);
    await page.sync.flush();
    expect(server.sent).toHaveLength(1);
  });

  test("an edit that the feed skipped is fetched", async () => {
    const server = new Authority("a");
    const page = client(server);
    server.foreign(1, "b");
    const second = server.foreign(2, "c");
    await page.sync.accepted(second);
    expect(page.text()).toBe("abc");
    expect(page.sync.serverVersion).toBe(2);
  });

  test("an edit that is told twice is taken once", async () => {
    const server = new Authority("a");
    const page = client(server);
    const edit = server.foreign(1, "b");
    await page.sync.accepted(edit);
    await page.sync.accepted(edit);
    expect(page.text()).toBe("ab");
  });

  test("a refusal keeps the text here and stops sending", async () => {
    const server = new Authority("a");
    const page = client(server);
    server.refuse = true;
    page.type(1, "b");
    await page.sync.flush();
    await page.sync.flush();
    expect(server.sent).toHaveLength(1);
    expect(page.sync.refused).toBe(true);
    expect(page.text()).toBe("ab");
  });

  test("two pages that type at once end with the same text", async () => {
    const server = new Authority("0123456789");
    const pages = [client(server), client(server)];
    let seed = 7;
    const chance = (n: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
    for (let round = 0; round < 200; round++) {
      const page = pages[chance(2)];
      page?.type(chance((page.text().length || 0) + 1), "abc🙂"[chance(3)] ?? "x");
      if (chance(3) === 0) await page?.sync.flush();
    }
    for (const page of [...pages, ...pages]) await page.sync.flush();
    for (const page of pages) for (const edit of server.edits) await page.sync.accepted(edit);
    expect(pages.map((page) => page.text())).toEqual([server.text.toString(), server.text.toString()]);
  });
});

describe("work that was left when the page was closed", () => {
  test("it is sent after a reload, over what was accepted since", async () => {
    const server = new Authority("hello");
    const before = client(server);
    before.type(5, "!");
    const saved = before.sync.saved();
    server.foreign(0, ">> ");
    const after = client(server);
    after.replay(rebase(saved.unsent, await server.after(saved.version)));
    expect(after.text()).toBe(">> hello!");
    await after.sync.flush();
    expect(server.text.toString()).toBe(">> hello!");
  });

  test("a change whose answer was lost keeps its id and is not done twice", async () => {
    const server = new Authority("a");
    const before = client(server);
    before.type(1, "b");
    server.lost = 1;
    await before.sync.flush().catch(() => undefined);
    before.type(2, "c");
    const saved = before.sync.saved();
    const id = server.sent[0]?.edit;
    expect(saved.unsent.map((one) => one.edit)).toEqual([id, null]);
    // Once when the log tells that it was accepted …
    const told = client(server);
    told.replay(rebase(saved.unsent, await server.after(saved.version)));
    expect(told.text()).toBe("abc");
    // … and once when it was never accepted: the id goes out again.
    const fresh = new Authority("a");
    const retried = client(fresh);
    retried.replay(rebase(saved.unsent, []));
    await retried.sync.flush();
    expect(fresh.sent[0]?.edit).toBe(id);
    expect(fresh.text.toString()).toBe("abc");
  });

  test("words from an answer still name it", () => {
    const server = new Authority("");
    const page = client(server);
    page.type(0, "x", "answer");
    expect(rebase(page.sync.saved().unsent, [])[0]?.insertedFrom).toBe("answer");
  });
});
