// Bodies: JSON objects with known members of known types.

/** A body that is wrong; the message says where. */
export class Invalid extends Error {
  constructor(
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** What may be given, by its type. */
const FITS = {
  team_id: (value: unknown): value is string => typeof value === "string",
  title: (value: unknown): value is string => typeof value === "string",
  remark: (value: unknown): value is string | null => value === null || typeof value === "string",
  archived: (value: unknown): value is boolean => typeof value === "boolean",
};

export interface Members {
  team_id?: string;
  title?: string;
  remark?: string | null;
  archived?: boolean;
}

const MAX_BODY_CHARS = 16 * 1024;

/** The members of a body, of which only these may be given. */
export async function bodyOf(request: Request, names: readonly (keyof Members)[]): Promise<Members> {
  const text = await request.text();
  const given = text.length > MAX_BODY_CHARS ? undefined : parsed(text);
  if (given === null || typeof given !== "object" || Array.isArray(given)) throw new Invalid("invalid_body", "expected a JSON object");
  for (const [name, value] of Object.entries(given)) {
    // Mass assignment (CWE-915): what isn't for the caller to set is refused, not passed over.
    const known = names.find((one) => one === name);
    if (known === undefined) throw new Invalid("unknown_field", `\`${name.slice(0, 32)}\` can't be set`);
    if (!FITS[known](value)) throw new Invalid("wrong_type", `\`${name}\` has another type`);
  }
  if (Object.keys(given).length === 0) throw new Invalid("nothing_to_write", "no field is given");
  return given;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
