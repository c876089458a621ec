/** A form on its way: sent once at a time, and what it was refused for stands at the field that it is about. */

import { ApiError, explain } from "../api/client";

/** Which field the server's refusals are about. */
const FIELDS: Readonly<Record<string, string>> = {
  bad_name: "name",
  bad_mail: "mail",
  taken: "mail",
  bad_password: "password",
  no_scope: "scopes",
  bad_days: "days",
  model_taken: "name",
  bad_model_name: "name",
  bad_address: "address",
  bad_key: "key",
  bad_fallback: "fallback",
  bad_price_in: "priceIn",
  bad_price_out: "priceOut",
  bad_max_tokens: "maxTokens",
  bad_temperature: "temperature",
};

export class Sending {
  busy = $state(false);
  private fault = $state.raw<{ field: string | null; text: string } | null>(null);

  /** What is wrong with a field, or (null) with the form as a whole. */
  about(field: string | null): string | undefined {
    return this.fault?.field === field ? this.fault.text : undefined;
  }

  /** Sends, unless it is being sent; tells whether it was taken. */
  async send(work: () => Promise<unknown>): Promise<boolean> {
    if (this.busy) return false;
    this.busy = true;
    this.fault = null;
    try {
      await work();
      return true;
    } catch (error) {
      const field = error instanceof ApiError ? (FIELDS[error.code] ?? null) : null;
      this.fault = { field, text: explain(error) };
      return false;
    } finally {
      this.busy = false;
    }
  }
}
