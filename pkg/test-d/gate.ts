// Checked by the type checker alone, never run: what must compile, and what must not.
import { createGate, PortcullisError } from "../src/index.js";
import type { Change, Explanation, Gate, GateSnapshot } from "../src/index.js";

const gate: Gate = await createGate({ baseUrl: "" });
await createGate({ policy: "{}", principal: { id: "u1", grants: ["NURSE@ward:w1"] } });
await createGate({ policy: "{}", token: "a.b.c", jwks: { keys: [] }, issuer: ["a", "b"], now: () => 0 });
await createGate({ snapshot: "a.b.c", jwks: { keys: [] }, issuer: "a", audience: "b", subject: "u1" });
await createGate({ baseUrl: "", snapshot: "a.b.c", jwks: "{}", refreshSecs: 10 });
gate.update({ snapshot: "a.b.c" });
// @ts-expect-error grants are required
await createGate({ policy: "{}", principal: { id: "u1" } });
// @ts-expect-error an option that doesn't exist
await createGate({ baseUrl: "", isuer: "a" });

const allowed: boolean = gate.can("record:read", { ward: "w1" });
gate.can("record:read");
gate.can("record:read", "region:north/ward:w1");
gate.can("record:read", null);
// @ts-expect-error ids are text
gate.can("record:read", { ward: 7 });
// @ts-expect-error a permission is text
gate.can(7);

gate.can({ permission: "record:update", record: { owner_id: "u1" }, fields: ["title"], tenant: "north" });
gate.can({ action: "update", resource: "record", record: { owner_id: "u1" }, context: { reason: "audit" } });
gate.check({ permission: "role:grant", target: { grants: ["NURSE@ward:w1"] } }).allow satisfies boolean;
// @ts-expect-error a member that doesn't exist
gate.can({ permission: "record:update", recrod: {} });
// @ts-expect-error a record is an object
gate.can({ permission: "record:update", record: "r1" });

const told: Explanation = gate.explain({ permission: "record:read", scope: { ward: "w1" } });
gate.explain("record:read", "ward:w1");
gate.check({ app: "calendar" }).allow satisfies boolean;
gate.check({ tier: "beta" }).code satisfies string;
// @ts-expect-error a request asks for something
gate.check({});

const words = (change: Change): string => {
  switch (change.kind) {
    case "grant":
      return `${change.role}@${change.scope}`;
    case "tier":
      return change.tier;
    case "renew":
      return "renew";
    case "tenant":
      return `${change.as} of ${change.tenant}`;
    case "fact":
      return `${change.fact} is ${change.is}`;
  }
};
told.missing.flat().map(words);

const stop: () => void = gate.subscribe(() => {});
const stopExpiring: () => void = gate.onExpiring(({ remainingMs, expiresMs, isFinal }) => {
  [remainingMs satisfies number, expiresMs satisfies number, isFinal satisfies boolean];
}, { beforeSecs: 120 });
gate.onExpiring(() => stopExpiring());
const left: number | null = gate.remainingMs ?? gate.expiresMs;
// @ts-expect-error there is no such option
gate.onExpiring(() => {}, { before: 1 });
void left;
stop();
const snapshot: GateSnapshot = gate.getSnapshot();
snapshot.status satisfies "ready" | "expired" | "signed-out" | "closed";
// @ts-expect-error snapshots don't change
snapshot.revision = 1;
gate.update({ scopes: null });
// @ts-expect-error the status isn't the caller's to set
gate.update({ status: "ready" });
await gate.refresh();
gate.close();

try {
  gate.update({ token: "" });
} catch (error) {
  if (error instanceof PortcullisError) error.code satisfies string;
}
export { allowed };
