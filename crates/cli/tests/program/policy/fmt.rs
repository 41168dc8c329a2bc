//! `policy fmt`: one layout.

use super::{CLINIC, Place, ends, refused, says, says_json, write};
use crate::support::run_with_input;

const MESSY: &str = "# ours\nname='p'\n\n\n\n[permissions]   # what\n'a:b'   = ['A' ,]\n[roles.A] # who\nlevel=1\nlabel='A'\n";

const NEAT: &str = "# ours\nname = \"p\"\n\n[roles.A] # who\nlabel = \"A\"\nlevel = 1\n\n[permissions] # what\n\"a:b\" = [\"A\"]\n";

#[test]
fn a_file_is_laid_out_in_place_and_a_second_time_nothing_changes() {
    let place = Place::new();
    let file = write(&place, "p.toml", MESSY);
    let digest = |file: &str| says(&["json", file]).replace("\"line\"", "");
    let before = digest(&file);
    assert_eq!(says(&["fmt", &file]), format!("{file}: laid out\n"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), NEAT);
    assert_eq!(says(&["fmt", &file]), "");
    assert_ne!(before, digest(&file), "places differ");
    let old = write(&place, "old.toml", MESSY);
    assert_eq!(says_json(&["diff", "--json", &old, &file])["same"], true);
}

#[test]
fn a_check_names_the_files_and_changes_nothing() {
    let place = Place::new();
    let messy = write(&place, "messy.toml", MESSY);
    let neat = write(&place, "neat.toml", NEAT);
    let clinic = write(&place, "clinic.toml", CLINIC);
    let (out, err) = ends(1, &["fmt", "--check", &messy, &neat, &clinic]);
    assert_eq!(
        out,
        format!("{messy}: not laid out as `portcullis policy fmt` does\n")
    );
    assert_eq!(err, "");
    assert_eq!(std::fs::read_to_string(&messy).unwrap(), MESSY);
    assert_eq!(says(&["fmt", "--check", &neat, &clinic]), "");
}

#[test]
fn standard_input_goes_to_standard_output() {
    let output = run_with_input(&["policy", "fmt", "-"], MESSY);
    assert_eq!(String::from_utf8(output.stdout).unwrap(), NEAT);
    assert!(output.status.success());
}

#[test]
fn what_is_no_policy_is_refused_with_its_place_and_left_alone() {
    let place = Place::new();
    let file = write(&place, "p.toml", "name = \"p\"\n[role.A]\n");
    let line = refused(&["fmt", &file]);
    assert!(
        line.starts_with(&format!("{file}:2:2: unknown key `role`")),
        "{line}"
    );
    assert_eq!(
        std::fs::read_to_string(&file).unwrap(),
        "name = \"p\"\n[role.A]\n"
    );
    assert_eq!(
        refused(&["fmt", "field-ops"]),
        "`field-ops` is a shipped policy, not a file"
    );
}
