/** Puts a text into the clipboard and tells how that went. */

import { announce } from "./announce.svelte";

export async function copyText(text: string): Promise<boolean> {
  if (await placed(text)) {
    announce.say("Copied");
    return true;
  }
  announce.problem("The browser did not allow copying. Select the text and copy it yourself.");
  return false;
}

async function placed(text: string): Promise<boolean> {
  // A page that came without TLS has no `navigator.clipboard`, only the older way.
  if (!isSecureContext) return placedByCommand(text);
  return navigator.clipboard.writeText(text).then(
    () => true,
    () => false,
  );
}

function placedByCommand(text: string): boolean {
  let done = false;
  const fill = (event: ClipboardEvent) => {
    event.clipboardData?.setData("text/plain", text);
    event.preventDefault();
    event.stopImmediatePropagation();
    done = event.clipboardData !== null;
  };
  document.addEventListener("copy", fill, { capture: true });
  document.execCommand("copy");
  document.removeEventListener("copy", fill, { capture: true });
  return done;
}
