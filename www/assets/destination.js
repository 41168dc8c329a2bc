// @ts-check

const HOME = "/demo/";

/**
 * Where to go after signing in: the path asked for if it is one of this origin, otherwise the demo.
 *
 * Open redirect (CWE-601): a link to this page must not be able to send people on to another site. What is asked for is
 * resolved as the browser would, so that `//host`, `/\host` and control characters within are seen for what they are.
 *
 * @param {string | null} wanted
 * @param {string} origin
 * @returns {string} a path, with query and fragment
 */
export function destination(wanted, origin) {
  if (wanted === null || !wanted.startsWith("/")) return HOME;
  try {
    const url = new URL(wanted, origin);
    if (url.origin !== origin || url.pathname.startsWith("//")) return HOME;
    return url.pathname + url.search + url.hash;
  } catch {
    return HOME;
  }
}
