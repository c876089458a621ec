/** Where the focus goes when one page takes the place of another: to its heading, since what had it is gone. */

export function arrive(heading: HTMLElement) {
  // A page that was just loaded begins at its beginning, as the browser has it.
  if (!navigator.userActivation.hasBeenActive) return;
  if (document.activeElement !== null && document.activeElement !== document.body) return;
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
}
