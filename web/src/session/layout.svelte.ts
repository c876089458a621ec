/** Sizes and open panels of the session page, remembered in this browser. */

import { Shelf } from "./drafts";

export type Side = "files" | "search" | "outline" | "history";
export type Aside = "brief" | "assistant" | "notebook" | "questions";
export type Bottom = "results" | "output" | "references";
/** On a narrow screen one panel is shown at a time. */
export type Narrow = "files" | "editor" | "assistant" | "runs";

/** The same in every session of this browser. */
interface Saved {
  left: number;
  right: number;
  bottom: number;
  leftOpen: boolean;
  rightOpen: boolean;
  bottomOpen: boolean;
}
/** What was shown last in this session. */
interface Shown {
  side: Side;
  aside: Aside;
  bottom: Bottom;
  narrow: Narrow;
}

const DEFAULTS: Saved = { left: 264, right: 400, bottom: 220, leftOpen: true, rightOpen: true, bottomOpen: true };
const FIRST: Shown = { side: "files", aside: "brief", bottom: "results", narrow: "assistant" };
export const LIMITS = { left: [160, 480], right: [280, 720], bottom: [96, 560] } as const;
export type Panel = keyof typeof LIMITS;

export class Layout {
  private saved = $state.raw<Saved>(DEFAULTS);
  private shown = $state.raw<Shown>(FIRST);

  constructor(
    private readonly own: Shelf,
    private readonly common: Shelf = new Shelf("caveat:", localStorage),
  ) {
    this.saved = { ...DEFAULTS, ...common.read<Partial<Saved>>("layout") };
    this.shown = { ...FIRST, ...own.read<Partial<Shown>>("shown") };
  }

  get side(): Side {
    return this.shown.side;
  }
  get aside(): Aside {
    return this.shown.aside;
  }
  get bottom(): Bottom {
    return this.shown.bottom;
  }
  get narrow(): Narrow {
    return this.shown.narrow;
  }

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
    this.show({ side, narrow: "files" });
    this.toggle("left", true);
  }

  showAside(aside: Aside) {
    this.show({ aside, narrow: "assistant" });
    this.toggle("right", true);
  }

  showBottom(bottom: Bottom) {
    this.show({ bottom, narrow: "runs" });
    this.toggle("bottom", true);
  }

  /** A panel is used: where there is room for one only, it is the one to show. */
  use(panel: Narrow) {
    if (panel !== this.narrow) this.show({ narrow: panel });
  }

  private show(change: Partial<Shown>) {
    this.shown = { ...this.shown, ...change };
    this.own.write("shown", this.shown);
  }

  private keep(saved: Saved) {
    this.saved = saved;
    this.common.write("layout", saved);
  }
}
