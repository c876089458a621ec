/** The seal of a plan, computed in the browser: SHA-256 of the salt followed by the plan's text, in hexadecimal. */
export async function sealOf(salt: string, canonical: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(salt + canonical));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
