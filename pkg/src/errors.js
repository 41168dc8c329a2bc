// @ts-check

/**
 * What this package throws. `code` never changes between versions; `message` is a sentence for people.
 */
export class PortcullisError extends Error {
  /**
   * @param {string} code a stable name in snake case
   * @param {string} message what went wrong, on one line
   * @param {Readonly<Record<string, unknown>>} [details] the values compared, where there are some
   * @param {unknown} [cause] the error that led to this one
   */
  constructor(code, message, details = {}, cause = undefined) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "PortcullisError";
    this.code = code;
    this.details = details;
  }
}

/**
 * Turns a core's `problem()` into an error.
 *
 * @param {string} problemJson `{code, message}` as JSON
 * @returns {PortcullisError}
 */
export function fromProblem(problemJson) {
  const { code, message } = JSON.parse(problemJson);
  return new PortcullisError(code, message);
}
