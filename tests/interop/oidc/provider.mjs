// An identity provider on this machine: everybody has an account there, whatever they type.

import { createServer } from "node:http";
import { readFileSync } from "node:fs";
import { once } from "node:events";
import Provider from "oidc-provider";

export const CLIENT = { client_id: "caveat", client_secret: "a secret of this trial" };
export const VERSION = JSON.parse(
  readFileSync(new URL("node_modules/oidc-provider/package.json", import.meta.url), "utf8"),
).version;

/** An account: its mail address is what was typed, and is verified unless it begins with `unverified`. */
function account(_, id) {
  const claims = { sub: id, email: id, email_verified: !id.startsWith("unverified"), name: `The one called ${id}` };
  return { accountId: id, claims: () => claims };
}

/** The provider at an address, which sends people back to `redirect`; gives what ends it. */
export async function start(issuer, redirect) {
  const provider = new Provider(issuer, {
    clients: [{ ...CLIENT, redirect_uris: [redirect], grant_types: ["authorization_code"], response_types: ["code"] }],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    cookies: { keys: ["a key of this trial"] },
    findAccount: account,
    pkce: { required: () => true },
  });
  const server = createServer(provider.callback());
  server.listen(Number(new URL(issuer).port), "127.0.0.1");
  await once(server, "listening");
  return () => {
    server.closeAllConnections();
    server.close();
  };
}
