/** Sizes and open panels of the session page, remembered in this browser. */

import { Shelf } from "./drafts";

export type Side = "files" | "search" | "outline" | "history";
export type Aside = "brief" | "assistant" | "notebook" | "questions";
export type Bottom = "results" | "output" | "references";
/** On a narrow screen one panel is shown at a time. */
export type Narrow = "files" | "editor" | "assistant" | "runs";

interface Saved {
  left: number;
  right: number;
  bottom: number;
  leftOpen: boolean;
  rightOpen: boolean;
  bottomOpen: boolean;
}

const DEFAULTS: Saved = { left: 264, right: 400, bottom: 220, leftOpen: true, rightOpen: true, bottomOpen: true };
export const LIMITS = { left: [160, 480], right: [280, 720], bottom: [96, 560] } as const;
export type Panel = keyof typeof LIMITS;

export class Layout {
  private readonly shelf = new Shelf("caveat:", localStorage);
  private saved = $state.raw<Saved>({ ...DEFAULTS, ...this.shelf.read<Partial<Saved>>("layout") });
  side = $state<Side>("files");
  aside = $state<Aside>("brief");
  bottom = $state<Bottom>("results");
  narrow = $state<Narrow>("assistant");

  size(panel: Panel): number {
    return this.saved[panel];
  }

  isOpen(panel: Panel): boolean {
    return this.saved[`${panel}Open`];
  }

  resize(panel: Panel, size: number) {
    const [least, most] = LIMITS[panel];
    this.keep({ ...this.saved, [panel]: Math.round(Math.min(most, Math.max(least, size))) });
  }

  toggle(panel: Panel, open = !this.isOpen(panel)) {
    this.keep({ ...this.saved, [`${panel}Open`]: open });
  }

  reset() {
    this.keep(DEFAULTS);
  }

  showSide(side: Side) {
    this.side = side;
    this.narrow = "files";
    this.toggle("left", true);
  }

  showAside(aside: Aside) {
    this.aside = aside;
    this.narrow = "assistant";
    this.toggle("right", true);
  }

  showBottom(bottom: Bottom) {
    this.bottom = bottom;
    this.narrow = "runs";
    this.toggle("bottom", true);
  }

  private keep(saved: Saved) {
    this.saved = saved;
    this.shelf.write("layout", saved);
  }
}
