/** Words that are not sent yet, kept in this browser: prompts, the diagnosis, unsent edits, the layout. */

export interface KeyValue {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
  removeItem(name: string): void;
  readonly length: number;
  key(index: number): string | null;
}

/** A corner of the browser's storage; a full or forbidden storage costs the memory, not the work. */
export class Shelf {
  constructor(
    private readonly prefix: string,
    private readonly storage: KeyValue,
  ) {}

  read<V>(name: string): V | null {
    try {
      const text = this.storage.getItem(this.prefix + name);
      return text === null ? null : (JSON.parse(text) as V);
    } catch {
      return null;
    }
  }

  write(name: string, value: unknown) {
    try {
      this.storage.setItem(this.prefix + name, JSON.stringify(value));
    } catch {
      // Nothing to be done about a full storage; the save state still tells what is unsent.
    }
  }

  drop(name: string) {
    try {
      this.storage.removeItem(this.prefix + name);
    } catch {
      // As above.
    }
  }

  names(start = ""): string[] {
    const names: string[] = [];
    for (let at = 0; at < this.storage.length; at++) {
      const name = this.storage.key(at);
      if (name?.startsWith(this.prefix + start)) names.push(name.slice(this.prefix.length));
    }
    return names;
  }
}

export function sessionShelf(session: string): Shelf {
  return new Shelf(`caveat:${session}:`, localStorage);
}
