/** What the page tells: once to a screen reader, and as a passing note at the edge when something went wrong. */

export interface Note {
  id: number;
  kind: "info" | "problem";
  text: string;
}

class Announcer {
  /** Text of the polite live region. */
  polite = $state.raw("");
  notes = $state.raw<Note[]>([]);
  private next = 1;

  /** Told to screen readers only. */
  say(text: string) {
    // The same words twice would not be told again.
    this.polite = this.polite === text ? `${text}\u00a0` : text;
  }

  info(text: string) {
    this.note("info", text, 6000);
  }

  problem(text: string) {
    this.note("problem", text, 14_000);
  }

  dismiss(id: number) {
    this.notes = this.notes.filter((note) => note.id !== id);
  }

  private note(kind: Note["kind"], text: string, ms: number) {
    if (this.notes.some((note) => note.text === text)) return;
    const id = this.next++;
    this.notes = [...this.notes.slice(-3), { id, kind, text }];
    setTimeout(() => this.dismiss(id), ms);
  }
}

export const announce = new Announcer();
