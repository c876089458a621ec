/** Times, counts and names in words. */

/** `4:05` or `1:02:09`; negative times are zero. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  const rest = `${String(Math.floor(seconds / 60) % 60)}:${String(seconds % 60).padStart(2, "0")}`;
  const hours = Math.floor(seconds / 3600);
  return hours > 0 ? `${hours}:${rest.padStart(5, "0")}` : rest;
}

/** Time since the start, rounded down: `12:40`. */
export function elapsed(ms: number): string {
  return clock(Math.floor(Math.max(0, ms) / 1000) * 1000);
}

/** `1 test`, `3 tests`. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

export function minutes(n: number): string {
  return count(n, "minute");
}

export function milliseconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
}

/** `12 Mar 2025, 14:05` in the reader's own zone. */
export function moment(when: string | number): string {
  const date = new Date(when);
  if (Number.isNaN(date.getTime())) return String(when);
  return date.toLocaleString(undefined, {
    day: "numeric",
    month: "short",
    year: "numeric",
    hour: "2-digit",
    minute: "2-digit",
  });
}

export function day(when: string | number): string {
  const date = new Date(when);
  if (Number.isNaN(date.getTime())) return String(when);
  return date.toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric" });
}

export function basename(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export function folder(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash < 0 ? "" : path.slice(0, slash);
}

export function capital(text: string): string {
  return text === "" ? text : text[0]?.toUpperCase() + text.slice(1);
}

/** Words that stand alone: with a capital first and an end. */
export function sentence(words: string): string {
  return capital(words) + (/[.!?…]$/.test(words) ? "" : ".");
}
