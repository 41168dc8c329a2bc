// @ts-check

/**
 * The JSON of a request, or of something that the core answers as malformed. Never throws.
 *
 * @param {unknown} request a request, or the name of a permission
 * @param {unknown} scope goes with a name
 * @returns {string}
 */
export function requestJson(request, scope) {
  try {
    const value = typeof request === "string" ? { permission: request, scope: scope ?? undefined } : request;
    return JSON.stringify(value, keepUndefined) ?? "null";
  } catch {
    return "null";
  }
}

/**
 * `undefined` would vanish in JSON, and a scope `{team: undefined}` would ask about the global scope.
 *
 * @param {string} _key
 * @param {unknown} value
 */
function keepUndefined(_key, value) {
  return value === undefined ? null : value;
}
