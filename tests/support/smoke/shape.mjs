// @ts-check
// What a client can tell of an answer, with every random or dated value replaced by its form.

const FORMS = /** @type {[RegExp, string][]} */ ([
  [/^[A-Za-z0-9]{32}$/, "<id>"],
  [/^[\w-]+\.[\w-]+\.[\w-]+$/, "<jwt>"],
  [/^smoke-[a-z0-9]+@example\.org$/, "<email>"],
]);

/**
 * @param {any} value
 * @returns {any}
 */
export function shape(value) {
  if (value instanceof Date) return "<date>";
  if (typeof value === "string") return FORMS.find(([form]) => form.test(value))?.[1] ?? value;
  if (Array.isArray(value)) return value.map(shape);
  if (value === null || typeof value !== "object") return value ?? null;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, shape(member)]).sort());
}

/**
 * An answer of the client: its data, or of its error what stays over every version of HTTP.
 *
 * @param {{ data: any, error: any }} answer
 */
export function outcome({ data, error }) {
  if (error === null) return { data: shape(data) };
  const { statusText: _text, ...rest } = error;
  return { error: rest };
}
