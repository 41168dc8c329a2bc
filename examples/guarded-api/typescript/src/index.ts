// Notes of teams, behind the access tokens of a Portcullis server: the package decides in this worker, and asks the
// server for nothing but its public keys.

import { createGate, type Gate, type PolicyDocument, type Request as Question } from "portcullis";

import { callerOf, Unauthenticated } from "./caller.js";
import { bodyOf, Invalid, type Members } from "./body.js";
import policyJson from "../../policy.json";

const policy = policyJson as PolicyDocument;

export interface Env {
  /** The origin of the Portcullis server. */
  AUTH_ORIGIN: string;
  DB: D1Database;
}

interface Note {
  id: string;
  team_id: string;
  owner_id: string;
  title: string;
  remark: string | null;
  archived: number;
}

/** A note as the policy and the answers have it: SQLite has no flags. */
const told = (note: Note) => ({ ...note, archived: note.archived !== 0 });

/** One caller and what it may do. */
class Notes {
  constructor(
    private readonly db: D1Database,
    private readonly gate: Gate,
    private readonly caller: string,
  ) {}

  /** Every note that the caller may read; a remark that it may not is null. */
  async list(): Promise<Response> {
    return Response.json({ notes: await this.readable() });
  }

  /** The titles of a team's notes, for who may read its report. */
  async report(team: string): Promise<Response> {
    const { allow, code, message } = this.gate.explain("report:read", { team });
    if (!allow) return Response.json({ code, message }, { status: 403 });
    const notes = await this.readable();
    return Response.json({ team, titles: notes.filter((note) => note.team_id === team).map((note) => note.title) });
  }

  /** Makes a note under an id that the caller chooses. */
  async write(id: string, { team_id, title, remark = null }: Members): Promise<Response> {
    if (typeof team_id !== "string" || typeof title !== "string") throw new Invalid("wrong_type", "`team_id` and `title` are texts");
    const record = { id, team_id, owner_id: this.caller, title, remark, archived: false };
    const { allow, code, message } = this.gate.explain({ permission: "note:create", record });
    if (!allow) return Response.json({ code, message }, { status: 403 });
    const sql = "INSERT INTO note (id, team_id, owner_id, title, remark, archived) VALUES (?, ?, ?, ?, ?, 0) ON CONFLICT DO NOTHING";
    const { meta } = await this.db.prepare(sql).bind(id, team_id, this.caller, title, remark).run();
    return meta.changes === 0 ? Response.json({ code: "id_taken" }, { status: 409 }) : Response.json({ id }, { status: 201 });
  }

  /** Changes a note: one that isn't there and one that the caller may not change are the same to it. */
  async change(id: string, members: Members): Promise<Response> {
    const note = await this.found(id);
    if (note === null) return notFound();
    const [before, after] = [told(note), { ...told(note), ...members }];
    const fields = Object.keys(members);
    // As it is, and as it would become.
    const may = [before, after].every((record) => this.gate.can({ permission: "note:update", record, fields }));
    if (!may) return notFound();
    // What it was decided on has to hold when it is written.
    const sql = "UPDATE note SET title = ?, remark = ?, archived = ? WHERE id = ? AND owner_id = ? AND team_id = ? AND archived = ?";
    const values = [after.title, after.remark, Number(after.archived), id, note.owner_id, note.team_id, note.archived];
    const { meta } = await this.db.prepare(sql).bind(...values).run();
    return meta.changes === 0 ? notFound() : Response.json({ id });
  }

  /** Deletes a note; as `change`. */
  async delete(id: string): Promise<Response> {
    const note = await this.found(id);
    if (note === null || !this.may("note:delete", note)) return notFound();
    const sql = "DELETE FROM note WHERE id = ? AND owner_id = ? AND team_id = ? AND archived = ?";
    const { meta } = await this.db.prepare(sql).bind(id, note.owner_id, note.team_id, note.archived).run();
    return meta.changes === 0 ? notFound() : Response.json({ id });
  }

  private may(permission: string, note: Note): boolean {
    return this.gate.can({ permission, record: told(note) } as Question);
  }

  private found(id: string): Promise<Note | null> {
    return this.db.prepare("SELECT * FROM note WHERE id = ?").bind(id).first<Note>();
  }

  /** Notes that may be read, field by field. The library in Rust makes SQL of the policy; here rows are decided one by one. */
  private async readable(): Promise<ReturnType<typeof told>[]> {
    const { results } = await this.db.prepare("SELECT * FROM note ORDER BY id LIMIT 1000").all<Note>();
    return results.filter((note) => this.may("note:read", note)).map((note) => {
      const record = told(note);
      const seesRemark = this.gate.can({ permission: "note:read", record, fields: ["remark"] });
      return { ...record, remark: seesRemark ? record.remark : null };
    });
  }
}

const notFound = () => Response.json({ code: "not_found" }, { status: 404 });

/** Who calls comes first, for every path. */
async function route(request: Request, env: Env): Promise<Response> {
  const principal = await callerOf(request, env.AUTH_ORIGIN);
  const gate = await createGate({ policy, principal });
  try {
    const notes = new Notes(env.DB, gate, principal.id);
    const [, first, second, third] = new URL(request.url).pathname.split("/");
    switch (`${request.method} ${first}`) {
      case "GET notes":
        return await notes.list();
      case "PUT notes":
        return await notes.write(second ?? "", await bodyOf(request, ["team_id", "title", "remark"]));
      case "PATCH notes":
        return await notes.change(second ?? "", await bodyOf(request, ["title", "remark", "archived"]));
      case "DELETE notes":
        return await notes.delete(second ?? "");
      case "GET teams":
        return third === "report" ? await notes.report(second ?? "") : notFound();
      default:
        return notFound();
    }
  } finally {
    gate.close();
  }
}

export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    try {
      return await route(request, env);
    } catch (error) {
      if (error instanceof Unauthenticated) return Response.json({ code: error.code }, { status: 401 });
      if (error instanceof Invalid) return Response.json({ code: error.code, message: error.message }, { status: 400 });
      console.error(error);
      return Response.json({ code: "broken" }, { status: 500 });
    }
  },
};
