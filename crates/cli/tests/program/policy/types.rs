//! `policy types`: a misspelt name doesn't compile.

use std::process::Command;

use super::{CLINIC, Place, refused, root, says, write};

#[test]
fn every_name_of_the_policy_is_in_its_type() {
    let place = Place::new();
    let file = write(&place, "clinic.toml", CLINIC);
    assert_eq!(
        says(&["types", &file]),
        "// Names of the policy clinic 1.0.0; written by `portcullis policy types`, not by hand.\n\
         \n\
         export interface Clinic {\n  \
           permission:\n    \
             | \"record:read\"\n    \
             | \"record:export\"\n    \
             | \"record:create\"\n    \
             | \"record:update\"\n    \
             | \"record:delete\";\n  \
           role: \"NURSE\" | \"DIRECTOR\";\n  \
           tier: \"public\" | \"beta\";\n  \
           app: \"calendar\";\n  \
           level: \"global\" | \"region\" | \"ward\";\n  \
           resources: {\n    \
             record: {\n      \
               action: \"read\" | \"create\" | \"update\" | \"delete\";\n      \
               fields: {\n        \
                 id: string | null;\n        \
                 owner_id: string | null;\n        \
                 ward_id: string | null;\n        \
                 locked: boolean | null;\n        \
                 title: string | null;\n      \
               };\n    \
             };\n  \
           };\n  \
           auth: {\n    \
             clearance: number | null;\n  \
           };\n  \
           context: {\n    \
             reason: string | null;\n  \
           };\n\
         }\n"
    );
}

#[test]
fn a_file_that_says_the_same_is_not_touched() {
    let place = Place::new();
    let out = place.file("policy.ts");
    let args = ["types", "release-tiers", "--out", out.to_str().unwrap()];
    assert_eq!(says(&args), "");
    let written = std::fs::metadata(&out).unwrap().modified().unwrap();
    assert!(
        std::fs::read_to_string(&out)
            .unwrap()
            .contains("export interface ReleaseTiers {")
    );
    says(&args);
    assert_eq!(
        std::fs::metadata(&out).unwrap().modified().unwrap(),
        written
    );
    says(&[
        "types",
        "release-tiers",
        "--name",
        "Tiers",
        "--out",
        out.to_str().unwrap(),
    ]);
    assert!(
        std::fs::read_to_string(&out)
            .unwrap()
            .contains("export interface Tiers {")
    );
    let line = refused(&["types", "release-tiers", "--name", "1x"]);
    assert_eq!(line, "`1x` can't be the name of a type");
}

/// What a page says; `GATE` stands for the package.
const USE: &str = r#"
import { createGate } from "GATE";
import type { Clinic } from "./clinic.js";

const gate = await createGate<Clinic>({ baseUrl: "" });
gate.can("record:read", { ward: "w1" });
// @ts-expect-error a misspelt permission
gate.can("record:raed");
// @ts-expect-error a misspelt level
gate.can("record:read", { wrad: "w1" });
gate.canOpen("calendar") && gate.hasTier("beta");
// @ts-expect-error no such app
gate.canOpen("calender");
// @ts-expect-error no such tier
gate.hasTier("betta");
gate.check({ action: "update", resource: "record" });
// @ts-expect-error no such resource
gate.check({ action: "update", resource: "recrod" });
const role: Clinic["role"] = "NURSE";
// @ts-expect-error no such role
const nobody: Clinic["role"] = "NURS";
const locked: Clinic["resources"]["record"]["fields"]["locked"] = true;
// @ts-expect-error another type
const text: Clinic["resources"]["record"]["fields"]["locked"] = "yes";
export { role, nobody, locked, text };
"#;

#[test]
fn a_misspelt_name_does_not_compile() {
    let compiler = root().join("node_modules/typescript/bin/tsc");
    if !compiler.exists() {
        println!("skipped: typescript isn't installed; `cargo xtask setup` installs it");
        return;
    }
    let place = Place::new();
    let file = write(&place, "clinic.toml", CLINIC);
    let types = place.file("clinic.ts");
    write(&place, "package.json", "{\"type\": \"module\"}");
    let gate = root().canonicalize().unwrap().join("pkg/src/index.js");
    let page = USE.replace("GATE", gate.to_str().unwrap());
    says(&["types", &file, "--out", types.to_str().unwrap()]);
    let using = write(&place, "use.ts", &page);
    let options = [
        "--noEmit", "--strict", "--module", "nodenext", "--target", "es2023",
    ];
    let output = Command::new("node")
        .arg(compiler)
        .args(options)
        .args([types.to_str().unwrap(), &using])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}");
}
