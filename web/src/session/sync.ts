/**
 * One file under edit: local changes on their way to the server, the server's changes on their way here.
 * The server's log is the authority; `@codemirror/collab` rebases what it has not accepted yet.
 */

import { collab, receiveUpdates, sendableUpdates, type Update } from "@codemirror/collab";
import { Annotation, ChangeSet, type EditorState, type Extension, type Transaction } from "@codemirror/state";
import type { ChangeJson, Edited } from "../api/types";

/** Where the text stands: an editor, or a state without one. */
export interface Port {
  state(): EditorState;
  dispatch(transaction: Transaction): void;
}

/** A change that the server has not confirmed. */
export interface Unsent {
  /** Set once it was sent: a retry carries the same id. */
  edit: string | null;
  changes: ChangeJson;
  insertedFrom: string | null;
}
export interface Saved {
  version: number;
  unsent: Unsent[];
}

export type SendResult = "accepted" | "stale" | "refused";
export interface Transport {
  send(edit: Edited): Promise<SendResult>;
  /** Edits after a version; null when the file's history does not go back there. */
  after(version: number): Promise<Edited[]>;
}

/** Marks a transaction that inserts words of an answer. */
export const insertedFrom = Annotation.define<string>();

const CLIENT = "page";
const SERVER = "server";

/** The extension that an editor state needs to take part. */
export function syncing(): Extension {
  return collab({ clientID: CLIENT, startVersion: 0 });
}

/** The longest run of unconfirmed updates that may go as one change. */
export function batch(
  state: EditorState,
  from = 0,
): { count: number; changes: ChangeSet; insertedFrom: string | null } | null {
  const updates = sendableUpdates(state).slice(from);
  const first = updates[0];
  if (!first) return null;
  const origin = source(first);
  let changes = first.changes;
  let count = 1;
  for (const update of updates.slice(1)) {
    if (source(update) !== origin) break;
    changes = changes.compose(update.changes);
    count++;
  }
  return { count, changes, insertedFrom: origin };
}

/** The transaction that takes the first updates as confirmed. */
export function confirm(state: EditorState, count: number): Transaction {
  const own = sendableUpdates(state).slice(0, count);
  return receiveUpdates(
    state,
    own.map((update) => ({ changes: update.changes, clientID: CLIENT })),
  ) as Transaction;
}

/** The transaction that brings in somebody else's change. */
export function receive(state: EditorState, changes: ChangeSet): Transaction {
  return receiveUpdates(state, [{ changes, clientID: SERVER }]) as Transaction;
}

/** Changes kept from before a reload, moved over what the server accepted since. */
export function rebase(saved: Unsent[], accepted: Edited[]): Unsent[] {
  let mine = saved.map((unsent) => ({ ...unsent, set: ChangeSet.fromJSON(unsent.changes) }));
  for (const edit of accepted) {
    if (mine[0] && mine[0].edit === edit.edit) {
      mine = mine.slice(1);
      continue;
    }
    let theirs = ChangeSet.fromJSON(edit.changes);
    mine = mine.map((unsent) => {
      const moved = unsent.set.map(theirs);
      theirs = theirs.map(unsent.set, true);
      return { ...unsent, set: moved };
    });
  }
  return mine
    .filter((unsent) => !unsent.set.empty)
    .map(({ set, ...unsent }) => ({ ...unsent, changes: set.toJSON() as ChangeJson }));
}

interface Flight {
  edit: string;
  count: number;
}

export class FileSync {
  private flight: Flight | null = null;
  private sending: Promise<void> | null = null;
  /** Ids that waiting updates already went out with before a reload, by position. */
  private readonly reserved: { edit: string; count: number }[] = [];
  /** The server took no more edits: what is here stays here. */
  refused = false;

  constructor(
    readonly path: string,
    private version: number,
    private readonly port: Port,
    private readonly transport: Transport,
    private readonly newId: () => string,
    private readonly changed: () => void,
  ) {}

  get serverVersion(): number {
    return this.version;
  }

  get unsentCount(): number {
    return sendableUpdates(this.port.state()).length;
  }

  /** Updates that were restored and went out before under an id. */
  reserve(edit: string, count: number) {
    this.reserved.push({ edit, count });
  }

  /** What to keep across a reload. */
  saved(): Saved {
    const unsent: Unsent[] = [];
    let from = 0;
    if (this.flight) {
      const group = this.composed(0, this.flight.count);
      if (group)
        unsent.push({ edit: this.flight.edit, changes: group.toJSON() as ChangeJson, insertedFrom: this.sourceAt(0) });
      from = this.flight.count;
    }
    for (let next = batch(this.port.state(), from); next; next = batch(this.port.state(), from)) {
      unsent.push({ edit: null, changes: next.changes.toJSON() as ChangeJson, insertedFrom: next.insertedFrom });
      from += next.count;
    }
    return { version: this.version, unsent };
  }

  /** Sends until nothing is left; throws when the server cannot be reached (the caller tries again). */
  flush(): Promise<void> {
    this.sending ??= this.sendAll().finally(() => {
      this.sending = null;
    });
    return this.sending;
  }

  /** An edit that the feed told of. */
  async accepted(edit: Edited): Promise<void> {
    if (edit.version <= this.version) return;
    if (edit.version === this.version + 1) this.take(edit);
    else await this.catchUp();
  }

  private async sendAll(): Promise<void> {
    while (!this.refused) {
      const next = this.nextFlight();
      if (!next) return;
      const { flight, edit } = next;
      const result = await this.transport.send(edit);
      if (result === "accepted") {
        // The feed may have told of it while the answer was on its way.
        if (this.flight === flight) this.confirmFlight(edit.version);
      } else if (result === "stale") {
        await this.catchUp();
      } else {
        this.refused = true;
        this.changed();
      }
    }
  }

  private nextFlight(): { flight: Flight; edit: Edited } | null {
    const state = this.port.state();
    if (!this.flight) {
      const reserved = this.reserved.shift();
      const next = batch(state);
      if (!next) return null;
      this.flight = reserved ?? { edit: this.newId(), count: next.count };
    }
    const changes = this.composed(0, this.flight.count);
    if (!changes) {
      this.flight = null;
      return null;
    }
    const edit: Edited = {
      edit: this.flight.edit,
      path: this.path,
      version: this.version + 1,
      changes: changes.toJSON() as ChangeJson,
    };
    const origin = this.sourceAt(0);
    if (origin !== null) edit.inserted_from = origin;
    return { flight: this.flight, edit };
  }

  private async catchUp(): Promise<void> {
    for (const edit of await this.transport.after(this.version)) {
      if (edit.version === this.version + 1) this.take(edit);
    }
  }

  private take(edit: Edited) {
    if (this.flight?.edit === edit.edit) {
      this.confirmFlight(edit.version);
      return;
    }
    this.version = edit.version;
    this.port.dispatch(receive(this.port.state(), ChangeSet.fromJSON(edit.changes)));
    this.changed();
  }

  private confirmFlight(version: number) {
    const count = this.flight?.count ?? 0;
    this.flight = null;
    this.version = version;
    this.port.dispatch(confirm(this.port.state(), count));
    this.changed();
  }

  private composed(from: number, count: number): ChangeSet | null {
    const updates = sendableUpdates(this.port.state()).slice(from, from + count);
    return updates.reduce<ChangeSet | null>(
      (all, update) => (all ? all.compose(update.changes) : update.changes),
      null,
    );
  }

  private sourceAt(index: number): string | null {
    const update = sendableUpdates(this.port.state())[index];
    return update ? source(update) : null;
  }
}

function source(update: Update & { origin: Transaction }): string | null {
  return update.origin.annotation(insertedFrom) ?? null;
}
