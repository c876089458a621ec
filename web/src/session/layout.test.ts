import { expect, test } from "vitest";
import { Shelf, type KeyValue } from "./drafts";
import { Layout, LIMITS } from "./layout.svelte";
import { Tabs } from "./tabs.svelte";

function storage(): KeyValue {
  const items = new Map<string, string>();
  return {
    getItem: (name) => items.get(name) ?? null,
    setItem: (name, value) => void items.set(name, value),
    removeItem: (name) => void items.delete(name),
    get length() {
      return items.size;
    },
    key: (at) => [...items.keys()][at] ?? null,
  };
}

test("where there is room for one panel, the one used last is shown", () => {
  const kept = storage();
  const layout = new Layout(new Shelf("session:", kept), new Shelf("caveat:", kept));
  const tabs = new Tabs(new Shelf("session:", kept), () => layout.use("editor"));
  expect(layout.narrow).toBe("assistant");
  tabs.openAt("a.py", 3);
  expect(layout.narrow).toBe("editor");
  layout.showBottom("references");
  expect(layout.narrow).toBe("runs");
  layout.use("assistant");
  expect(layout.narrow).toBe("assistant");
});

test("a reload brings back what was shown; another session begins with the brief", () => {
  const kept = storage();
  const common = new Shelf("caveat:", kept);
  const before = new Layout(new Shelf("one:", kept), common);
  before.showAside("notebook");
  before.showSide("history");
  before.resize("left", 9999);
  const after = new Layout(new Shelf("one:", kept), common);
  expect([after.aside, after.side, after.narrow]).toEqual(["notebook", "history", "files"]);
  const other = new Layout(new Shelf("two:", kept), common);
  expect([other.aside, other.side]).toEqual(["brief", "files"]);
  expect(other.size("left")).toBe(LIMITS.left[1]);
});
