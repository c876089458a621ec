/** Makes the places that an answer names open the code they name: what is said is one key away from what is there. */

import { placeIn, type Place } from "../text/place";

/** Code that names a place becomes a link, by mouse and by keyboard; the result undoes it. */
export function linkPlaces(
  host: HTMLElement,
  exists: (path: string) => boolean,
  open: (place: Place) => void,
): () => void {
  const ended = new AbortController();
  for (const code of host.querySelectorAll("code")) {
    if (code.closest("pre")) continue;
    const place = placeIn(code.textContent, exists);
    if (!place) continue;
    code.role = "link";
    code.tabIndex = 0;
    code.title = "Open in the editor";
    const { signal } = ended;
    code.addEventListener(
      "click",
      () => {
        // Words that are being selected are not followed.
        if (document.getSelection()?.isCollapsed !== false) open(place);
      },
      { signal },
    );
    code.addEventListener("keydown", (event) => event.key === "Enter" && open(place), { signal });
  }
  return () => ended.abort();
}
