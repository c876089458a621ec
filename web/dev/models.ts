/** Live models of the fake server: some that work, some that do not, and one of a settings file. */

import type * as T from "../src/api/types";

/** What is answered, and after how many milliseconds. */
export interface Reply {
  status: number;
  value: unknown;
  after: number;
}

class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly hint?: string,
  ) {
    super(detail);
  }
}

const KEY_PREFIX = "CAVEAT_KEY_";
/** Variables that are set where the fake server was started. */
const SET = new Set(["CAVEAT_KEY_ANTHROPIC", "CAVEAT_KEY_AZURE"]);
const TEST_MS = 1500;

const DIALECTS: T.LiveModels["dialects"] = [
  { dialect: "openai_chat", key_header: "bearer", max_tokens: null },
  { dialect: "openai_responses", key_header: "bearer", max_tokens: null },
  { dialect: "anthropic", key_header: "x-api-key", max_tokens: 4096 },
  { dialect: "gemini", key_header: "x-goog-api-key", max_tokens: null },
];

const at = (preset: T.Preset, base_url: string | null, dialect: T.LiveModel["dialect"] = "openai_chat") => ({
  preset,
  dialect,
  base_url,
  key_header: preset === "azure" ? ("api-key" as const) : null,
});
const PRESETS: T.LiveModels["presets"] = [
  at("openai", "https://api.openai.com/v1"),
  at("anthropic", "https://api.anthropic.com/v1", "anthropic"),
  at("gemini", "https://generativelanguage.googleapis.com/v1beta", "gemini"),
  at("ollama", "http://127.0.0.1:11434/v1"),
  at("vllm", "http://127.0.0.1:8000/v1"),
  at("llama_cpp", "http://127.0.0.1:8080/v1"),
  at("litellm", "http://127.0.0.1:4000/v1"),
  at("openrouter", "https://openrouter.ai/api/v1"),
  at("azure", null),
];

const FRESH: T.UpstreamFigures = {
  breaker: { state: "closed", failures: 0 },
  attempts: 0,
  answers: 0,
  failures: [],
  last_error: null,
  first_word: null,
};

export class FakeModels {
  models: T.LiveModel[] = [];
  /** Moves with every change, so that no version comes twice. */
  private changes = 0;

  constructor(written: readonly T.WrittenModel[] = [], inFile: readonly T.WrittenModel[] = []) {
    this.models = [...inFile.map((model) => this.made(model, "file")), ...written.map((model) => this.made(model))];
  }

  /** The answer to a call below `/api/models`, whose segments come decoded. */
  answer(method: string, [name, act]: readonly string[], body: unknown): Reply {
    try {
      return this.route(method, name, act, body);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { status, code, message: detail, hint } = error;
      return { status, value: { error: { code, detail, ...(hint ? { hint } : {}) } }, after: 0 };
    }
  }

  /** Gives a model other figures, as time would. */
  live(name: string, figures: Partial<T.UpstreamFigures>): this {
    this.models = this.models.map((model) =>
      model.name === name && model.upstream ? { ...model, upstream: { ...model.upstream, ...figures } } : model,
    );
    return this;
  }

  private route(method: string, name: string | undefined, act: string | undefined, body: unknown): Reply {
    const told = (value: unknown, status = 200, after = 0): Reply => ({ status, value, after });
    if (name === undefined) {
      if (method === "POST") return told(this.add(body as T.WrittenModel), 201);
      return told({ models: this.models, presets: PRESETS, dialects: DIALECTS, key_prefix: KEY_PREFIX });
    }
    if (act === "test" && method === "POST") return told({ upstreams: this.test(name) }, 200, TEST_MS);
    if (act === undefined && method === "PUT") return told(this.change(name, body as T.ModelChange));
    if (act === undefined && method === "DELETE") return told(this.remove(name), 204);
    throw new Refused(405, "wrong_method", `No route ${method} ${name}.`);
  }

  private add(written: T.WrittenModel): T.LiveModel {
    if (this.models.some(({ name }) => name === written.name))
      throw new Refused(
        409,
        "model_taken",
        `there is a model \`${written.name}\` already: choose another name, or remove that one first`,
      );
    const model = this.made(written);
    this.check(model);
    this.models = [...this.models, model];
    return model;
  }

  private change(name: string, { version, model: written }: T.ModelChange): T.LiveModel {
    const before = this.changeable(name);
    if (before.version !== version)
      throw new Refused(
        409,
        "model_changed",
        `somebody changed model \`${name}\` since you read it: read it again, and change what still has to be changed`,
      );
    const model = this.made({ ...written, name });
    this.check(model);
    this.models = this.models.map((one) => (one === before ? model : one));
    return model;
  }

  private remove(name: string): undefined {
    const gone = this.changeable(name);
    const user = this.models.find((model) => model.fallback.includes(name));
    if (user) {
      const why = `model \`${user.name}\` falls back to \`${name}\`: remove that one first`;
      throw new Refused(409, "model_in_use", why);
    }
    this.models = this.models.filter((model) => model !== gone);
  }

  private changeable(name: string): T.LiveModel {
    const model = this.models.find((one) => one.name === name);
    if (!model) throw new Refused(404, "not_found", "there is no such model");
    if (model.from === "page") return model;
    const why = `model \`${name}\` is in the settings file: change it there, and start the server again`;
    throw new Refused(409, "in_settings_file", why);
  }

  private test(name: string): T.UpstreamTest[] {
    const model = this.models.find((one) => one.name === name);
    if (!model) throw new Refused(404, "not_found", "there is no such model");
    const rest = model.fallback.filter((other) => other !== "offline").flatMap((other) => this.test(other));
    const error = model.upstream?.last_error;
    const trouble = error ? { cause: error.text, remedy: "start the server it names, or correct base_url" } : null;
    this.count(model, error?.text ?? null);
    return [{ upstream: name, first_word_ms: trouble ? null : 420, trouble }, ...rest];
  }

  private count({ name, upstream }: T.LiveModel, error: string | null): void {
    if (!upstream) return;
    const attempts = upstream.attempts + 1;
    if (error !== null) return void this.live(name, { attempts, last_error: { text: error, ago_ms: 0 } });
    const first_word = upstream.first_word ?? { median_ms: 420, p95_ms: 420, slowest_ms: 420, answers: 1 };
    this.live(name, { attempts, answers: upstream.answers + 1, first_word, breaker: FRESH.breaker });
  }

  /** What the server checks, as far as a page can tell one mistake from another. */
  private check({ base_url, key, name, fallback }: T.LiveModel): void {
    const bad = (code: string, detail: string, hint?: string) => new Refused(422, code, detail, hint);
    if (!/^[a-z0-9][\w.:-]{0,59}$/i.test(name) || name === "offline")
      throw bad("bad_model_name", "a model's name has 1 to 60 letters, digits and - _ . :", "choose another name");
    if (base_url === null) throw bad("bad_address", "base_url is missing: give it, or a preset that knows it");
    if (key.in === "environment" && !key.name.startsWith(KEY_PREFIX))
      throw bad("bad_key", `\`${key.name}\` cannot be used: the page takes only variables ${KEY_PREFIX}…`);
    if (key.in === "environment" && !SET.has(key.name))
      throw bad("bad_key", `the server's environment has no ${key.name}, or an empty one`, "set it and start again");
    const unknown = fallback.find((other) => other !== "offline" && !this.models.some((one) => one.name === other));
    if (unknown) throw bad("bad_fallback", `model \`${name}\`: its fallback \`${unknown}\` is no model`);
  }

  private made(written: T.WrittenModel, from: T.LiveModel["from"] = "page"): T.LiveModel {
    const preset = PRESETS.find((one) => one.preset === written.preset);
    const variable = written.key_env ?? null;
    const missing = variable !== null && !SET.has(variable);
    return {
      name: written.name,
      from,
      version: `v${++this.changes}`,
      preset: written.preset ?? null,
      dialect: written.dialect ?? preset?.dialect ?? "openai_chat",
      base_url: written.base_url ?? preset?.base_url ?? null,
      model: written.model,
      key: variable === null ? { in: "nowhere" } : { in: "environment", name: variable },
      key_missing: missing,
      key_header: written.key_header ?? null,
      max_tokens: written.max_tokens ?? null,
      temperature: written.temperature ?? null,
      ask_usage: written.ask_usage ?? null,
      fallback: written.fallback ?? [],
      price_in: written.price_in ?? null,
      price_out: written.price_out ?? null,
      trouble: missing
        ? {
            cause: `the server's environment has no ${variable}, or an empty one`,
            remedy: "set it to the key where the server is started, and start the server again",
          }
        : null,
      upstream: missing ? null : FRESH,
    };
  }
}

/** A server with a bit of everything. */
export function sampleModels(): FakeModels {
  const claude = { name: "claude", preset: "anthropic", model: "claude-sonnet-4-5" } as const;
  return new FakeModels(
    [
      { name: "local", preset: "ollama", model: "qwen3:8b", fallback: ["offline"], max_tokens: 700 },
      { name: "team", model: "mixtral", base_url: "http://10.0.0.7:8000/v1", fallback: ["local", "offline"] },
      { name: "gemini", preset: "gemini", model: "gemini-2.5-pro", key_env: "CAVEAT_KEY_GEMINI", price_in: 1.25 },
      {
        name: "azure",
        preset: "azure",
        base_url: "https://a-team-with-a-long-name.openai.azure.com/openai/v1",
        model: "gpt-5-mini",
        key_env: "CAVEAT_KEY_AZURE",
        price_in: 0.25,
        price_out: 2,
      },
    ],
    [{ ...claude, key_env: "CAVEAT_KEY_ANTHROPIC", price_in: 3, price_out: 15, fallback: ["offline"] }],
  )
    .live("claude", {
      attempts: 212,
      answers: 209,
      failures: [
        { kind: "busy", count: 2 },
        { kind: "cut", count: 1 },
      ],
      last_error: { text: "the upstream is busy (429): rate limit of the organisation reached", ago_ms: 4_300_000 },
      first_word: { median_ms: 840, p95_ms: 2100, slowest_ms: 6200, answers: 100 },
    })
    .live("team", {
      attempts: 7,
      failures: [{ kind: "refused", count: 7 }],
      breaker: { state: "open", left_ms: 160_000 },
      last_error: { text: "no connection to the upstream: it refused, or its name is unknown", ago_ms: 12_000 },
    });
}
