/** Sessions of the fake server: the candidate's view is folded with the page's own reducer. */

import { ChangeSet, Text } from "@codemirror/state";
import type * as T from "../src/api/types";
import { apply } from "../src/session/reduce";
import { byteLength } from "../src/text/bytes";
import { ANSWERS, BRIEF, CARDS, FILES } from "./repository";

type Listener = (name: string, id: string | null, data: unknown) => void;

export class FakeSession {
  readonly files = new Map(Object.entries(FILES).map(([path, text]) => [path, Text.of(text.split("\n"))]));
  readonly edits: T.Edited[] = [];
  readonly candidate: { n: number; at: number; fact: T.CandidateFact }[] = [];
  readonly staff: T.StaffEvent[] = [];
  readonly listeners = new Map<Listener, "candidate" | "staff">();
  readonly began = Date.now();
  looking: T.Viewed | null = null;
  view: T.CandidateView;
  held = false;
  private answers = 0;
  private cards = 0;

  constructor(
    readonly id: string,
    readonly mode: T.Mode,
    minutes: number,
  ) {
    this.view = {
      session: id,
      task: BRIEF.name,
      mode,
      phase: "invited",
      n: 0,
      clock: { now: 0, minutes, started: null, deadline: null, paused: null },
      commitment: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
      views_allowed: false,
      models: [],
      budget: { prompts: null, cost: null, spent: null },
      files: Object.keys(FILES).map((path) => ({ path, version: 0, status: "unchanged" })),
      exchanges: [],
      flags: [],
      hypotheses: [],
      runs: [],
      choices: {},
      submission: null,
    };
    this.log({ kind: "created", data: { task: BRIEF.name, minutes } });
  }

  get now(): number {
    return Date.now() - this.began;
  }

  clock(): T.ClockView {
    return { ...this.view.clock, now: this.now };
  }

  log(fact: T.StaffFact) {
    const event = { seq: this.staff.length + 1, at: this.now, wall: Date.now(), ...fact } as T.StaffEvent;
    this.staff.push(event);
    this.tell("staff", "fact", String(event.seq), event);
  }

  fact(fact: T.CandidateFact) {
    const at = this.now;
    this.view = { ...apply(this.view, at, fact), n: this.view.n + 1 };
    this.candidate.push({ n: this.view.n, at, fact });
    this.tell("candidate", "fact", String(this.view.n), { n: this.view.n, at, ...fact });
    this.log({ kind: "shown", data: fact });
    this.tell("all", "clock", null, this.clock());
  }

  text(path: string): string | null {
    return this.files.get(path)?.toString() ?? null;
  }

  edit(edit: T.Edited): "ok" | "stale" | "missing" {
    if (this.edits.some((known) => known.edit === edit.edit)) return "ok";
    const text = this.files.get(edit.path);
    const entry = this.view.files.find((file) => file.path === edit.path);
    if (!text || !entry) return "missing";
    if (edit.version !== entry.version + 1) return "stale";
    this.files.set(edit.path, ChangeSet.fromJSON(edit.changes).apply(text));
    this.edits.push(edit);
    this.fact({ kind: "edited", data: edit });
    return "ok";
  }

  ask(prompt: T.PromptShown) {
    this.fact({ kind: "asked", data: prompt });
    this.speak(prompt.prompt, ANSWERS[this.answers++ % ANSWERS.length] ?? "");
  }

  hold(held: boolean) {
    this.held = held;
    this.log({ kind: "cards", data: { held } });
  }

  /** Makes the next remark; false: none is left. */
  volunteer(): boolean {
    const text = CARDS[this.cards];
    if (text === undefined) return false;
    const prompt = crypto.randomUUID();
    const chat = this.view.exchanges.at(-1)?.prompt.chat ?? crypto.randomUUID();
    this.fact({ kind: "volunteered", data: { prompt, chat } });
    this.cards++;
    this.speak(prompt, text);
    return true;
  }

  private speak(prompt: T.Id, text: string) {
    const answer = crypto.randomUUID();
    const pair = `pair_${this.answers + this.cards}`;
    const words = text.match(/\s*\S+\s*/g) ?? [];
    let shown = "";
    const next = () => {
      const piece = words.splice(0, 4).join("");
      if (piece === "") {
        this.fact({ kind: "answered", data: { answer, prompt, outcome: "complete", text, spent: null } });
        this.log({ kind: "exposed", data: { answer, pairs: [pair] } });
        return;
      }
      const delta: T.AnswerDelta = { answer, prompt, from: byteLength(shown), text: piece };
      shown += piece;
      this.tell("all", "delta", null, delta);
      setTimeout(next, 60);
    };
    setTimeout(next, 500);
  }

  run(run: T.Id, target: string[]) {
    this.fact({ kind: "run_requested", data: { run, target } });
    const failing = this.text("tests/test_corpus.py")?.includes("v10") ?? false;
    const test = (id: string, outcome: string, message = ""): T.TestResult => ({ id, outcome, ms: 3, message });
    const tests = [
      test("tests/test_corpus.py::test_the_newest_version_is_in_force", "passed"),
      test("tests/test_corpus.py::TestSuperseded::test_an_old_page_is_superseded", "passed"),
      test(
        "tests/test_metrics.py::test_a_copied_answer_is_faithful",
        failing ? "passed" : "failed",
        failing
          ? ""
          : '    def test_a_copied_answer_is_faithful():\n>       assert faithfulness("five days", ["paid in five days"]) == 1.0\nE       AssertionError: assert 0.5 == 1.0\n\ntests/test_metrics.py:5: AssertionError',
      ),
    ];
    const outcome: T.RunOutcome = {
      end: { type: failing ? "passed" : "failed" },
      tests,
      output: "...F                                              [100%]\n1 failed, 2 passed in 0.05s",
      truncated: false,
      wall_ms: 412,
    };
    setTimeout(() => this.fact({ kind: "run_finished", data: { run, outcome } }), 1200);
  }

  submit(diagnosis: string) {
    this.fact({ kind: "submitted", data: { by: "candidate", diagnosis } });
    setTimeout(() => this.fact({ kind: "concluded", data: {} }), 2500);
  }

  private tell(to: "candidate" | "staff" | "all", name: string, id: string | null, data: unknown) {
    for (const [listener, who] of this.listeners) if (to === "all" || to === who) listener(name, id, data);
  }
}
