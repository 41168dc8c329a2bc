// @ts-check
// What a page's `fetch` does, for clients that run in Node.

import { CookieJar } from "./http.mjs";

/**
 * `fetch` with a page's origin and its cookies.
 *
 * @param {{ origin: string }} server
 * @param {CookieJar} [jar]
 * @returns {typeof fetch}
 */
export function browserFetch(server, jar = new CookieJar()) {
  return async (input, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set("origin", server.origin);
    if (jar.header !== "") headers.set("cookie", jar.header);
    const answer = await fetch(input, { ...init, headers });
    jar.take(answer.headers.getSetCookie());
    return answer;
  };
}
