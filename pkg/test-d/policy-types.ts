// Checked by the type checker alone, never run: a gate whose policy's names are known, as `portcullis policy types`
// writes them.
import { createGate } from "../src/index.js";
import type { Gate, Request } from "../src/index.js";

interface Clinic {
  permission: "record:read" | "record:update" | "record:export";
  role: "NURSE" | "DIRECTOR";
  tier: "public" | "beta";
  app: "calendar" | "lab";
  level: "global" | "region" | "ward";
  resources: { record: { action: "read" | "update"; fields: { id: string; locked: boolean } } };
  auth: { clearance: number };
  context: { reason: string };
}

const gate: Gate<Clinic> = await createGate<Clinic>({ baseUrl: "" });
gate.can("record:read", { ward: "w1" });
gate.can("record:read", "region:north/ward:w1");
gate.can({ permission: "record:update", record: { id: "r1" }, scope: { region: "north" } });
gate.can({ action: "update", resource: "record", record: { id: "r1" } });
gate.check("record:export").allow satisfies boolean;
gate.explain({ app: "lab" }).allow satisfies boolean;
gate.canOpen("calendar");
gate.hasTier("beta");

// @ts-expect-error a misspelt permission
gate.can("record:raed");
// @ts-expect-error a misspelt permission in a request
gate.can({ permission: "record:raed" });
// @ts-expect-error a misspelt level
gate.can("record:read", { wrad: "w1" });
// @ts-expect-error a misspelt type of record
gate.can({ action: "update", resource: "recrod" });
// @ts-expect-error a misspelt permission, to be explained
gate.explain("record:raed");
// @ts-expect-error a misspelt app
gate.canOpen("calender");
// @ts-expect-error a misspelt app in a request
gate.check({ app: "calender" });
// @ts-expect-error a misspelt tier
gate.hasTier("bata");

const request: Request<Clinic> = { tier: "beta" };
gate.check(request);

interface Small {
  permission: "data:view";
  role: "admin";
  tier: never;
  app: never;
  level: "global";
  resources: {};
  auth: {};
  context: {};
}
const small = await createGate<Small>({ baseUrl: "" });
small.can("data:view");
// @ts-expect-error this policy has no apps
small.canOpen("calendar");
// @ts-expect-error nor types of records
small.can({ action: "view", resource: "data" });
