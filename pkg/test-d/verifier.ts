// Checked by the type checker alone, never run.
import { createVerifier } from "../src/index.js";

const verifier = await createVerifier({ jwks: { keys: [] }, issuer: "https://a.example", typ: "at+jwt", leewaySecs: 5 });
const { header, claims } = verifier.verify("a.b.c");
header["alg"] satisfies unknown;
// @ts-expect-error claims don't change
claims["sub"] = "u2";
// @ts-expect-error claims are unknown until looked at
claims["sub"] satisfies string;
// @ts-expect-error keys are required
await createVerifier({ issuer: "https://a.example" });
// @ts-expect-error leeway is a number of seconds
await createVerifier({ jwks: "{}", leewaySecs: "5" });
verifier.close();
