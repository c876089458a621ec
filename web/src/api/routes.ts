/** The server's routes as types: what a call may name, what goes along, what comes back. */

import type { paths } from "./schema";
import type { Filled } from "./types";

export type Method = "GET" | "POST" | "PUT" | "DELETE";

/** Below this lie the routes of one session. */
export type SessionBase = "/api/sessions/{id}";

type Operation<Path, M extends Method> = Path extends keyof paths ? paths[Path][Lowercase<M>] : never;

/** Routes below a base that take a method, without the base. */
export type Route<Base extends string, M extends Method> = {
  [Path in keyof paths]: Path extends `${Base}${infer Rest}`
    ? Operation<Path, M> extends object
      ? Rest
      : never
    : never;
}[keyof paths];

type Called<Base extends string, M extends Method, Tail extends string> = Operation<`${Base}${Tail}`, M>;

/** Names in braces. */
type Holes<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}` ? Name | Holes<Rest> : never;

type Names<Parameters> = [Parameters] extends [never] ? never : keyof Parameters;
type Query<Op, Taken> = Op extends { parameters: { path?: infer InPath; query?: infer InQuery } }
  ? { [Name in Exclude<Names<InPath> | Names<InQuery>, Taken>]?: string | number | boolean | undefined }
  : never;

/** What fills the braces of a route, and what follows its question mark. */
export type Arguments<Base extends string, M extends Method, Tail extends string> = Record<Holes<Tail>, string> &
  Query<Called<Base, M, Tail>, Holes<Base> | Holes<Tail>>;

/** The same as the last parameters of a call: left out when nothing must be said. */
export type Rest<Values> = object extends Values ? [values?: Values] : [values: Values];

export type Body<Base extends string, M extends Method, Tail extends string> =
  Called<Base, M, Tail> extends { requestBody: { content: { "application/json": infer Json } } } ? Json : undefined;

export type Answer<Base extends string, M extends Method, Tail extends string> =
  Called<Base, M, Tail> extends { responses: infer All } ? Filled<Told<All[keyof All & Success]>> : never;

type Success = 200 | 201 | 202 | 204;
type Told<Response> = Response extends { content: { "application/json": infer Json } } ? Json : undefined;

/** The address that a route and its arguments make. */
export function address(
  route: string,
  values: Readonly<Record<string, string | number | boolean | undefined>>,
): string {
  const rest = new Map(Object.entries(values));
  const path = route.replaceAll(/\{(\w+)\}/g, (hole, name: string) => {
    const value = rest.get(name);
    if (value === undefined) throw new Error(`${route} needs ${hole}.`);
    rest.delete(name);
    // The slashes of a file's path are slashes of the address.
    return name === "path" ? String(value).split("/").map(encodeURIComponent).join("/") : encodeURIComponent(value);
  });
  const query = [...rest].flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return query.length === 0 ? path : `${path}?${query.join("&")}`;
}
