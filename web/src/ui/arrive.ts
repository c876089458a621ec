/** Where the focus goes when what had it is gone: to the heading of the page that takes the place of another, for one. */

export function arrive(heading: HTMLElement) {
  // A page that was just loaded begins at its beginning, as the browser has it.
  if (!navigator.userActivation.hasBeenActive) return;
  if (document.activeElement !== null && document.activeElement !== document.body) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
