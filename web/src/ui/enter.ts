/** Moves the keyboard to a part of the page that a command opened. */

import { tick } from "svelte";

const CONTROLS = "textarea, input, button, [href], [tabindex='0']";

/** Focuses the first control inside an element (or the element itself) once the page shows it. */
export async function enter(id: string, controls = CONTROLS): Promise<void> {
  await tick();
  const host = document.getElementById(id);
  if (!host) return;
  const inside = [...host.querySelectorAll<HTMLElement>(controls)].find((element) => element.checkVisibility());
  if (inside) {
    inside.focus();
  } else {
    if (!host.matches(controls)) host.tabIndex = -1;
    host.focus();
  }
}
