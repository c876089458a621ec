/**
 * Commands on their way: kept until the server answered, in order, with the ids they were made with.
 * A repeat of an accepted command answers like the first, so trying again is harmless.
 */

import { ApiError, Unreachable } from "../api/client";
import {
  address,
  type Arguments,
  type Body,
  type Method,
  type Rest,
  type Route,
  type SessionBase,
} from "../api/routes";
import type { Shelf } from "./drafts";

export interface Command {
  /** What it is, for messages: "prompt", "flag", … */
  what: string;
  method: Method;
  path: string;
  body?: unknown;
  /** Files under edit go first; this many ms are given to them. */
  flush?: number;
}

/** A command to a route that the server has, with the body that it takes. */
export function command<M extends Method, R extends Route<SessionBase, M>>(
  what: string,
  method: M,
  route: R,
  body: Body<SessionBase, M, R>,
  ...[values]: Rest<Arguments<SessionBase, M, R>>
): Command {
  return { what, method, path: address(route, values ?? {}), ...(body === undefined ? {} : { body }) };
}

export type Sent = { ok: true } | { ok: false; error: Error };

interface Entry {
  command: Command;
  done: (sent: Sent) => void;
}

export interface QueueOptions {
  send: (command: Command) => Promise<unknown>;
  shelf: Shelf;
  changed: (waiting: number) => void;
  /** A command that was kept from before a reload was refused. */
  refused: (command: Command, error: Error) => void;
  wait: (failures: number) => Promise<void>;
}

const NAME = "queue";

export class CommandQueue {
  private readonly entries: Entry[] = [];
  private busy = false;

  constructor(private readonly options: QueueOptions) {
    for (const command of options.shelf.read<Command[]>(NAME) ?? []) {
      const done = (sent: Sent) => {
        if (!sent.ok) options.refused(command, sent.error);
      };
      this.entries.push({ command, done });
    }
    if (this.entries.length > 0) void this.work();
  }

  get waiting(): number {
    return this.entries.length;
  }

  get commands(): readonly Command[] {
    return this.entries.map((entry) => entry.command);
  }

  push(command: Command): Promise<Sent> {
    return new Promise((done) => {
      this.entries.push({ command, done });
      this.keep();
      void this.work();
    });
  }

  private async work(): Promise<void> {
    if (this.busy) return;
    this.busy = true;
    let failures = 0;
    for (let entry = this.entries[0]; entry; entry = this.entries[0]) {
      const sent = await this.attempt(entry.command);
      if (sent === "again") {
        failures += 1;
        await this.options.wait(failures);
        continue;
      }
      failures = 0;
      this.entries.shift();
      this.keep();
      entry.done(sent);
    }
    this.busy = false;
  }

  private async attempt(command: Command): Promise<Sent | "again"> {
    try {
      await this.options.send(command);
      return { ok: true };
    } catch (error) {
      if (error instanceof Unreachable) return "again";
      // A refusal is an answer: it is told, not repeated.
      if (error instanceof ApiError) return { ok: false, error };
      return { ok: false, error: error instanceof Error ? error : new Error(String(error)) };
    }
  }

  private keep() {
    const commands = this.entries.map((entry) => entry.command);
    if (commands.length === 0) this.options.shelf.drop(NAME);
    else this.options.shelf.write(NAME, commands);
    this.options.changed(commands.length);
  }
}
