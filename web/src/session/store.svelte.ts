/** The one place where a session's state lives in the page. The server's views and facts go in, nothing else does. */

import { ApiError, explain, sessionClient, type Client } from "../api/client";
import { backoff, follow, type LinkState } from "../api/feed";
import type { Body, SessionBase } from "../api/routes";
import type { SseMessage } from "../api/sse";
import type * as T from "../api/types";
import { announce } from "../ui/announce.svelte";
import { sessionNow } from "./clock";
import { apply, applyStaff, grow, movesCard, type StaffSide } from "./reduce";

export type Loading = { state: "loading" } | { state: "ready" } | { state: "failed"; error: Error; wasOpen: boolean };

/** What moves the session itself. */
type Step = "/consent" | "/start" | "/pause" | "/resume";

/** A fact on its way to the page's other parts (open documents). */
export type FactListener = (fact: T.CandidateFact) => void;

export class SessionStore {
  readonly client: Client;
  loading = $state.raw<Loading>({ state: "loading" });
  brief = $state.raw<T.Brief>(EMPTY_BRIEF);
  view = $state.raw<T.CandidateView>(EMPTY_VIEW);
  role = $state.raw<T.Role>("candidate");
  staff = $state.raw<StaffSide>(EMPTY_STAFF);
  /** Staff only: what happened, oldest first. */
  events = $state.raw<T.StaffEvent[]>([]);
  canRun = $state.raw(true);
  link = $state.raw<LinkState>("connecting");
  /** `performance.now()` when the line went. */
  offlineSince = $state.raw<number | null>(null);
  /** `performance.now()`, moved on once a second. */
  now = $state.raw(performance.now());
  /** `performance.now()` when `view.clock.now` was true. */
  clockRead = $state.raw(performance.now());

  private readonly ended = new AbortController();
  private after = 0;
  private readonly listeners = new Set<FactListener>();
  private reloading: Promise<void> | null = null;
  private dueReads = 0;

  constructor(
    readonly id: T.Id,
    key: string | null,
  ) {
    this.client = sessionClient(id, key);
  }

  /** Who keeps the clock of an interview sees to the assistant's own remarks too. */
  keepsClock = $derived(this.role !== "candidate" && this.role !== "observer");
  /** Session time now, in ms. */
  sessionTime = $derived(sessionNow(this.view.clock, this.now - this.clockRead));

  /** Loads the state and follows the feed until `stop`. */
  async start(): Promise<void> {
    const ticker = setInterval(() => (this.now = performance.now()), 1000);
    this.ended.signal.addEventListener("abort", () => clearInterval(ticker));
    for (let failures = 1; !this.ended.signal.aborted; failures++) {
      try {
        await this.reload();
        break;
      } catch (error) {
        const failure = error instanceof Error ? error : new Error(String(error));
        this.loading = { state: "failed", error: failure, wasOpen: false };
        if (error instanceof ApiError) return;
        await waitFor(failures);
      }
    }
    void follow({
      client: this.client,
      after: () => this.after,
      message: (message) => this.message(message),
      state: (state) => this.linked(state),
      refused: (error) => (this.loading = { state: "failed", error, wasOpen: true }),
      signal: this.ended.signal,
    });
  }

  stop() {
    this.ended.abort();
  }

  onFact(listener: FactListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The state as the server has it; what the page shows is replaced by it. */
  reload(): Promise<void> {
    this.reloading ??= this.fetchState().finally(() => (this.reloading = null));
    return this.reloading;
  }

  /** A command whose answer the caller waits for. */
  async command<R extends Step>(step: R, body: Body<SessionBase, "POST", R>): Promise<boolean> {
    try {
      await this.client.request("POST", step, body ?? {});
      return true;
    } catch (error) {
      announce.problem(explain(error));
      return false;
    }
  }

  private async fetchState(): Promise<void> {
    const state = await this.client.get("");
    this.brief = state.brief;
    this.role = state.role;
    this.canRun = state.can_run;
    const view = state.staff?.candidate ?? state.view;
    if (!view) throw new Error("The server sent a session without a view.");
    if (state.staff) {
      const { looking_at, exposed, pairs, cards_held, card_due, seq } = state.staff;
      this.staff = { looking_at, exposed, pairs, met: new Set(), cards_held, card_due };
      this.after = seq;
      // Who follows a session as staff gets the staff's form of the events.
      const { events } = await this.client.request<{ events: T.StaffEvent[] }>("GET", "/events?after=0");
      this.events = events.filter((event) => event.seq <= seq);
      this.staff = this.events.reduce(applyStaff, this.staff);
    } else {
      this.after = view.n;
    }
    this.view = view;
    this.clockRead = performance.now();
    this.loading = { state: "ready" };
  }

  private message(message: SseMessage) {
    if (message.event === "clock") {
      this.view = { ...this.view, clock: JSON.parse(message.data) as T.ClockView };
      this.clockRead = performance.now();
      this.now = performance.now();
    } else if (message.event === "delta") {
      const grown = grow(this.view, JSON.parse(message.data) as T.AnswerDelta);
      if (grown) this.view = grown;
      else void this.reload().catch(() => undefined);
    } else if (message.event === "fact") {
      this.fact(JSON.parse(message.data) as T.CandidateEvent | T.StaffEvent);
    }
  }

  private fact(event: T.CandidateEvent | T.StaffEvent) {
    const number = "seq" in event ? event.seq : event.n;
    if (number <= this.after) return;
    this.after = number;
    if ("seq" in event) {
      this.events = [...this.events, event];
      this.staff = applyStaff(this.staff, event);
      if (event.kind === "shown") this.shown(event.at, event.data);
      if (this.keepsClock && movesCard(event)) void this.readDue();
    } else {
      this.shown(event.at, event);
    }
  }

  private shown(at: number, fact: T.CandidateFact) {
    this.view = { ...apply(this.view, at, fact), n: this.view.n + 1 };
    for (const listener of this.listeners) listener(fact);
  }

  /** Asks when the next card is due; what was asked last counts. */
  private async readDue(): Promise<void> {
    const read = ++this.dueReads;
    const page = await this.client.get("").catch(() => null);
    if (page?.staff && read === this.dueReads) this.staff = { ...this.staff, card_due: page.staff.card_due };
  }

  private linked(state: LinkState) {
    this.link = state;
    this.offlineSince =
      state === "live" ? null : state === "offline" ? (this.offlineSince ?? performance.now()) : this.offlineSince;
  }
}

/** Waits longer after every failure. */
export function waitFor(failures: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, backoff(failures, Math.random())));
}

const EMPTY_BRIEF: T.Brief = {
  name: "",
  title: "",
  summary: "",
  repository: "",
  head: "",
  minutes: 0,
  level: "",
  focus: [],
  text: "",
  help: "ask",
  stable: [],
  phases: [],
  questions: [],
};
const EMPTY_STAFF: StaffSide = {
  looking_at: null,
  exposed: 0,
  pairs: 0,
  met: new Set(),
  cards_held: false,
  card_due: null,
};
const EMPTY_VIEW: T.CandidateView = {
  session: "",
  task: "",
  mode: "practice",
  phase: "invited",
  n: 0,
  clock: { now: 0, minutes: 0, started: null, deadline: null, paused: null },
  commitment: "",
  views_allowed: false,
  models: [],
  budget: { prompts: null, cost: null, spent: null },
  files: [],
  exchanges: [],
  flags: [],
  hypotheses: [],
  runs: [],
  choices: {},
  submission: null,
};
