// @ts-check

/** Where one goes after signing in, unless the address says otherwise. */
export const HOME = "/demo/";
const LOGIN = "/login/";

/**
 * Where to go after signing in. Only pages of this origin: a link to our login that leads on to another
 * site is how people are made to type their password there (open redirect, CWE-601).
 *
 * @param {string | null} wanted the value of `?next=`
 * @param {string} origin this page's
 * @returns {string} an absolute URL on `origin`
 */
export function nextUrl(wanted, origin) {
  const home = new URL(HOME, origin).href;
  // Browsers take `\` for `/`, and drop tabs and line feeds before they look.
  if (wanted === null || !wanted.startsWith("/") || /[\\\p{Cc}]/u.test(wanted)) return home;
  if (!URL.canParse(wanted, origin)) return home;
  const url = new URL(wanted, origin);
  // `/.//evil.example` parses to a path that begins with two slashes: harmless whole, not when shortened.
  const isOurs = url.origin === origin && !url.pathname.startsWith("//") && !url.pathname.startsWith(LOGIN);
  return isOurs ? url.href : home;
}

/** Goes to the login, and back here afterwards. */
export function goToLogin() {
  const here = location.pathname + location.search;
  location.replace(here === HOME ? LOGIN : `${LOGIN}?next=${encodeURIComponent(here)}`);
}
