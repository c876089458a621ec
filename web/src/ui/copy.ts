/** Puts a text into the clipboard and tells how that went. */

import { announce } from "./announce.svelte";

export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    announce.say("Copied");
    return true;
  } catch {
    announce.problem("The browser did not allow copying. Select the text and copy it yourself.");
    return false;
  }
}
