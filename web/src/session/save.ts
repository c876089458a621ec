/** The save state in words. */

import { elapsed } from "../text/format";

export function saveWords(unsent: number, offlineMs: number | null): { short: string; long: string } {
  const waiting = unsent === 0 ? "saved" : `${unsent} unsent`;
  if (offlineMs !== null) {
    const away = `offline ${elapsed(offlineMs)}`;
    return {
      short: `${waiting} · ${away}`,
      long: `The server has not been reached for ${elapsed(offlineMs)} minutes. Your work is kept in this browser and sent when it is back.`,
    };
  }
  const long =
    unsent === 0 ? "Everything has reached the server." : `${unsent} changes are on their way to the server.`;
  return { short: waiting, long };
}
