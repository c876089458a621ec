import { expect, test } from "vitest";
import { newId } from "./ids";

test.each([
  [0x00, "00000000-0000-4000-8000-000000000000"],
  [0xff, "ffffffff-ffff-4fff-bfff-ffffffffffff"],
])("sixteen bytes of %i make %s", (byte, id) => {
  expect(newId(new Uint8Array(16).fill(byte))).toBe(id);
});

test("no two ids are the same", () => {
  expect(new Set(Array.from({ length: 1000 }, () => newId())).size).toBe(1000);
});
