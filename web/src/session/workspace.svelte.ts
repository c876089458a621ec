/** What a candidate does in a session: commands with their own ids, kept until the server answered. */

import type { Extension } from "@codemirror/state";
import type { Command, Sent } from "./queue";
import { command, CommandQueue } from "./queue";
import type * as T from "../api/types";
import { announce } from "../ui/announce.svelte";
import { ApiError, explain } from "../api/client";
import { newId } from "../api/ids";
import { Documents } from "./documents.svelte";
import { sessionShelf, type Shelf } from "./drafts";
import { waitFor, type SessionStore } from "./store.svelte";

/** How long files under edit may hold up a command that should see them. */
const PATIENCE_MS = 4000;

export class Workspace {
  readonly shelf: Shelf;
  readonly documents: Documents;
  /** Commands that the server has not answered. */
  waiting = $state.raw(0);
  /** The prompt that is on its way and not yet on the feed. */
  asking = $state.raw<T.PromptShown | null>(null);
  private readonly queue: CommandQueue;
  /** Settled when what was typed before a reload is back in its files. */
  private readonly resumed: Promise<void>;
  private readonly unsubscribe: () => void;

  constructor(
    readonly session: SessionStore,
    extensions: (path: string) => Extension,
  ) {
    this.shelf = sessionShelf(session.id);
    const refused = (what: string, error: unknown) => announce.problem(`${what}: ${explain(error)}`);
    this.documents = new Documents({
      client: session.client,
      shelf: this.shelf,
      newId,
      extensions,
      wait: waitFor,
      refused,
    });
    this.resumed = this.documents.resume(session.view.files.map((file) => file.path)).catch(() => undefined);
    this.queue = new CommandQueue({
      send: (command) => this.deliver(command),
      shelf: this.shelf,
      changed: (waiting) => (this.waiting = waiting),
      refused: (command, error) => {
        if (command.what === "prompt") this.asking = null;
        refused(`The ${command.what} was not taken`, error);
      },
      wait: waitFor,
    });
    this.waiting = this.queue.waiting;
    this.asking = promptIn(this.queue.commands);
    this.unsubscribe = session.onFact((fact) => this.fact(fact));
  }

  /** Everything that the server has not confirmed: commands and changes of files. */
  unsent = $derived.by(() => {
    return this.waiting + Object.values(this.documents.unsent).reduce((sum, count) => sum + count, 0);
  });

  stop() {
    this.unsubscribe();
    this.documents.close();
  }

  async ask(chat: T.Id, text: string, context: T.ContextItem[], model: string | null): Promise<boolean> {
    const prompt = { prompt: newId(), chat, text, context, model };
    this.asking = prompt;
    const asked = command("prompt", "POST", "/prompts", { id: prompt.prompt, chat, text, context, model });
    const sent = await this.send({ ...asked, flush: PATIENCE_MS });
    if (!sent) this.asking = null;
    return sent;
  }

  run(target: string[]): Promise<boolean> {
    return this.send({
      ...command("run", "POST", "/runs", { id: newId(), target }),
      flush: PATIENCE_MS,
    });
  }

  flag(answer: T.Id, quote: string | null, reason: string): Promise<boolean> {
    const body = { id: newId(), reason, ...(quote === null ? {} : { quote }) };
    return this.send(command("flag", "POST", "/answers/{answer}/flags", body, { answer }));
  }

  withdraw(flag: T.Id): Promise<boolean> {
    return this.send(command("withdrawal", "DELETE", "/flags/{flag}", undefined, { flag }));
  }

  hypothesise(text: string): Promise<boolean> {
    return this.send(command("hypothesis", "POST", "/hypotheses", { id: newId(), text }));
  }

  changeHypothesis({ id, text, status, evidence }: Omit<T.Hypothesis, "at">): Promise<boolean> {
    const body = { text, status, evidence };
    return this.send(command("hypothesis", "PUT", "/hypotheses/{hypothesis}", body, { hypothesis: id }));
  }

  choose(question: string, choice: number): Promise<boolean> {
    return this.send(command("answer to the question", "PUT", "/questions/{question}", { choice }, { question }));
  }

  submit(diagnosis: string): Promise<boolean> {
    return this.send({ ...command("submission", "POST", "/submission", { diagnosis }), flush: 4 * PATIENCE_MS });
  }

  createFile(path: string, text = ""): Promise<boolean> {
    return this.send(command("new file", "POST", "/edits", { type: "create", path, text }));
  }

  renameFile(from: string, to: string): Promise<boolean> {
    return this.send({ ...command("new name", "POST", "/edits", { type: "rename", from, to }), flush: PATIENCE_MS });
  }

  deleteFile(path: string): Promise<boolean> {
    return this.send(command("deletion", "POST", "/edits", { type: "delete", path }));
  }

  private async deliver(command: Command): Promise<unknown> {
    if (command.flush !== undefined) {
      await this.resumed;
      await this.documents.flush(command.flush);
    }
    try {
      return await this.session.client.request(command.method, command.path, command.body);
    } catch (error) {
      // The first attempt got through and its answer was lost: the session is over because of it.
      if (command.what === "submission" && error instanceof ApiError && error.code === "session_over") return null;
      throw error;
    }
  }

  private async send(command: Command): Promise<boolean> {
    const sent: Sent = await this.queue.push(command);
    if (!sent.ok) announce.problem(`The ${command.what} was not taken: ${explain(sent.error)}`);
    return sent.ok;
  }

  private fact(fact: T.CandidateFact) {
    if (fact.kind === "edited") void this.documents.accepted(fact.data);
    else if (fact.kind === "file_deleted") this.documents.forget(fact.data.path);
    else if (fact.kind === "file_created") this.documents.forget(fact.data.path);
    else if (fact.kind === "file_renamed") this.documents.forget(fact.data.from);
    else if (fact.kind === "asked" && fact.data.prompt === this.asking?.prompt) this.asking = null;
  }
}

/** A prompt that was on its way when the page was left. */
function promptIn(commands: readonly Command[]): T.PromptShown | null {
  const body = commands.find((command) => command.what === "prompt")?.body;
  if (!body) return null;
  const { id, ...rest } = body as Omit<T.PromptShown, "prompt"> & { id: T.Id };
  return { prompt: id, ...rest };
}
