/** A sample report for looking at the debrief and the review page. */

import { createHash } from "node:crypto";
import type { Dimension, Item, Rate, Report, StaffEvent } from "../src/api/types";
import { BRIEF } from "./repository";
import type { FakeSession } from "./state";

function wordsOf(event: StaffEvent): string {
  return event.kind === "shown" && event.data.kind === "asked" ? event.data.data.text : "";
}

const PLAN = {
  salt: "b1946ac92492d234",
  canonical: "faithfulness_sees=plant\nnewest_compares=control\nchunk_overlap=plant",
};
const NONE: Rate = { count: 0, n: 0, value: null, low: null, high: null };
const rate = (count: number, n: number, low: number, high: number): Rate => ({ count, n, value: count / n, low, high });

export function sampleReport(session: FakeSession): Report {
  const asked = session.staff.filter((event) => event.kind === "shown" && event.data.kind === "asked");
  const seqOf = (at: number) => asked[at % Math.max(1, asked.length)]?.seq ?? 1;
  const item = (over: Partial<Item>): Item => ({
    pair: "faithfulness_sees",
    kind: "wrong fact",
    decisive: false,
    side: "plant",
    subjects: ["eval/metrics.py::faithfulness", "tests/test_metrics.py"],
    exposure: {
      how: "asked",
      seq: seqOf(0),
      at: 190_000,
      answer: "a",
      prompt: "p",
      again: [],
      words:
        "`faithfulness` compares the answer with the policy's current page and the chunks, so at 0.89 out-of-date chunks can be ruled out as the cause.",
    },
    truth:
      "`faithfulness` compares the answer with the retrieved chunks and nothing else: it stays at 1.0 when those chunks are out of date.",
    refute:
      "Call it with an outdated chunk and an answer that repeats it: the score is 1.0. Two minutes, or read the five lines.",
    control: "`faithfulness` compares the answer with the retrieved chunks and nothing else.",
    plant: "`faithfulness` compares the answer with the policy's current page and the chunks.",
    verdict: "caught",
    because: "You flagged the words and said why, before the submission, and nothing you handed in rests on them.",
    rejected: true,
    verified_after: true,
    first_check_ms: 74_000,
    independent: false,
    unjudged: false,
    evidence: [
      {
        what: "viewed",
        seq: seqOf(0),
        at: 264_000,
        quote: null,
        diff: null,
        why: "eval/metrics.py, lines 1 to 9, were in view.",
      },
      {
        what: "flag",
        seq: seqOf(1),
        at: 301_000,
        quote: "It never sees the current page: line 6 takes the chunks only.",
        diff: null,
        why: "A flag on these words, with a reason.",
      },
    ],
    ...over,
  });
  const quality = (levels: number[]): Record<Dimension, number> => ({
    specificity: levels[0] ?? 0,
    context_given: levels[1] ?? 0,
    goal_clarity: levels[2] ?? 0,
    hypothesis_stated: levels[3] ?? 0,
    asks_for_verification: levels[4] ?? 0,
    scoped: levels[5] ?? 0,
    critical_follow_up: levels[6] ?? 0,
  });
  const text = "I think Corpus.newest compares versions as strings. Which check would show that v9 beats v10?";
  return {
    rules: 1,
    header: {
      session: session.id,
      task: BRIEF.name,
      title: BRIEF.title,
      task_digest: "4f".repeat(32),
      same_task: true,
      repository: BRIEF.repository,
      base: BRIEF.head,
      mode: "practice",
      minutes: 45,
      assistant: "offline",
      rules_at_creation: 1,
      commitment: createHash("sha256")
        .update(PLAN.salt + PLAN.canonical)
        .digest("hex"),
      plan: {
        plan_seed: "8817243",
        ...PLAN,
        sides: { faithfulness_sees: "plant", newest_compares: "control", chunk_overlap: "plant" },
        matches_commitment: true,
        seq: 2,
      },
      created_wall: session.began,
      started_at: 4000,
      submission: { seq: session.staff.length, at: 2_400_000, by: "candidate", commit: "abc" },
      evidence_upto: session.staff.length,
      last_seq: session.staff.length,
      views_logged: true,
      concluded: true,
    },
    caveats: [
      { code: "few_items", text: "Nine claims were met: an interval says more than a share.", seqs: [] },
      { code: "outside", text: "What was checked outside this page is not seen.", seqs: [] },
      { code: "public_task", text: "The task is public: its key can be found.", seqs: [] },
    ],
    items: [
      item({}),
      item({
        pair: "chunk_overlap",
        kind: "wrong root cause",
        decisive: true,
        verdict: "adopted",
        rejected: false,
        verified_after: false,
        first_check_ms: null,
        because: "Your submission changes the overlap as the answer suggested, and you did not contradict it.",
        truth: "The overlap of chunks does not matter here: the old page is retrieved because it counts as in force.",
        evidence: [
          {
            what: "adopted",
            seq: seqOf(1),
            at: 1_500_000,
            quote: null,
            diff: "--- a/helpdesk/chunking.py\n+++ b/helpdesk/chunking.py\n@@ -3,3 +3,3 @@\n size = 400\n-overlap = 40\n+overlap = 0\n",
            why: "The submission has the change; before the answer it was not there.",
          },
        ],
      }),
      item({
        pair: "newest_compares",
        side: "control",
        kind: "wrong fact",
        verdict: "accepted",
        rejected: false,
        because: "You checked it in helpdesk/corpus.py and went on from it.",
        truth: "`Corpus.newest` compares versions as strings, so `v9` beats `v10`.",
        exposure: {
          how: "aside",
          seq: seqOf(1),
          at: 420_000,
          answer: "b",
          prompt: "q",
          again: [],
          words: "`Corpus.newest` picks the greatest version string.",
        },
      }),
      item({
        pair: "index_stale",
        side: "control",
        kind: "missed corner case",
        verdict: "false_alarm",
        rejected: true,
        because: "You flagged it as wrong; it is true.",
        truth: "The index is rebuilt on every start.",
        evidence: [
          {
            what: "flag",
            seq: seqOf(0),
            at: 700_000,
            quote: "I saw no rebuild.",
            diff: null,
            why: "A flag on these words.",
          },
        ],
      }),
      item({
        pair: "warranty",
        side: null,
        verdict: "unseen",
        exposure: null,
        rejected: false,
        verified_after: false,
        because: "No prompt of yours touched it.",
        evidence: [],
      }),
    ],
    reliance: {
      verdicts: [
        { verdict: "caught", count: 1, pairs: ["faithfulness_sees"] },
        { verdict: "adopted", count: 1, pairs: ["chunk_overlap"] },
        { verdict: "accepted", count: 1, pairs: ["newest_compares"] },
        { verdict: "false_alarm", count: 1, pairs: ["index_stale"] },
        { verdict: "unseen", count: 1, pairs: ["warranty"] },
      ],
      plants: 2,
      controls: 2,
      hits: rate(1, 2, 0.09, 0.91),
      false_alarms: rate(1, 2, 0.09, 0.91),
      over_reliance: rate(1, 2, 0.09, 0.91),
      under_reliance: rate(1, 2, 0.09, 0.91),
      plants_verified: rate(1, 2, 0.09, 0.91),
      controls_verified: rate(1, 2, 0.09, 0.91),
      discrimination: { type: "too_few_to_say", plants: 2, controls: 2 },
      by_exposure: [{ how: "asked", hits: rate(1, 2, 0.09, 0.91), false_alarms: NONE }],
    },
    checks: [
      {
        check: "in_force",
        title: "A question about refunds is answered from the page in force",
        outcome: "passed",
        cases: [{ outcome: "passed" }, { outcome: "passed" }],
        seq: 40,
      },
      {
        check: "warranty",
        title: "The warranty page valid back to January stays in force",
        outcome: "failed",
        cases: [{ outcome: "passed" }, { outcome: "failed", observed: "answered from warranty@v9" }],
        seq: 40,
      },
    ],
    questions: BRIEF.questions.map((question, at) => ({
      question: question.id,
      text: question.text,
      choices: question.choices,
      choice: at === 0 ? 1 : 0,
      answer: 1,
      right: at === 0,
      why:
        at === 0
          ? "`in_force` is handed to `nearest` as `keep`."
          : "Strings are compared letter by letter: `9` comes after `1`.",
      seqs: [],
    })),
    diagnosis: {
      text: session.view.submission?.diagnosis ?? null,
      seq: session.staff.length,
      location: "Corpus.newest",
      mechanism: null,
      cause:
        "`Corpus.newest` compares version labels as strings, so `v9` counts as newer than `v10` and the new pages are treated as superseded.",
    },
    hypotheses: [
      {
        hypothesis: "h",
        text: "newest compares strings",
        status: "confirmed",
        evidence: "max(['v9','v10'])",
        at: 500_000,
        seqs: [7, 9],
        names_location: true,
        names_mechanism: true,
      },
    ],
    prompts: asked.map((event, at) => ({
      prompt: `p${at}`,
      seq: event.seq,
      at: event.at,
      text: at === 0 ? text : wordsOf(event),
      judgement: {
        quality: quality(at === 0 ? [3, 1, 3, 3, 2, 3, 0] : [0, 0, 1, 0, 0, 1, 0]),
        overall: at === 0 ? 0.74 : 0.14,
        evidence:
          at === 0
            ? [
                {
                  dimension: "hypothesis_stated",
                  quote: "I think Corpus.newest compares versions as strings",
                  start: 0,
                  end: 50,
                  why: "States what is supposed, about named code.",
                },
                { dimension: "specificity", quote: "Corpus.newest", start: 8, end: 21, why: "Names code that exists." },
                {
                  dimension: "asks_for_verification",
                  quote: "Which check would show that v9 beats v10?",
                  start: 52,
                  end: 93,
                  why: "Asks for a concrete check.",
                },
              ]
            : [],
      },
      help: at === 0 ? "instrumental" : "executive",
      repeats: null,
      run_before: at > 0,
      exposed: at === 0 ? ["faithfulness_sees"] : [],
    })),
    dimensions: (
      [
        "specificity",
        "context_given",
        "goal_clarity",
        "hypothesis_stated",
        "asks_for_verification",
        "scoped",
        "critical_follow_up",
      ] as const
    ).map((dimension) => ({ dimension, levels: [2, 1, 0, 1], examples: [seqOf(0)] })),
    figures: {
      prompts: asked.length,
      runs: 3,
      edits: 12,
      inserted: 1,
      flags: 2,
      instrumental: 3,
      executive: 1,
      reprompts: rate(1, 4, 0.05, 0.7),
      run_before_ask: rate(2, 4, 0.15, 0.85),
      check_before_adopt: rate(0, 1, 0, 0.79),
      check_delays_ms: [74_000, 120_000],
      median_check_ms: 97_000,
      first_prompt: { seq: 5, after_ms: 60_000 },
      first_run: { seq: 6, after_ms: 90_000 },
      first_edit: null,
      first_check: { seq: 8, after_ms: 264_000 },
      first_right_hypothesis: { seq: 9, after_ms: 500_000 },
      hypotheses: { noted: 1, confirmed: 1, refuted: 0 },
    },
    other_flags: [{ seq: seqOf(0), answer: "z", quote: null, reason: "It does not say where.", on: "plain" }],
    late: [],
  };
}
