//! What isn't a dump: each command that takes one says what it is, in one line, and what to give instead.

use crate::support::{Place, run, said};

const EXPORT: &str = "`npx wrangler d1 export DB --remote --output FILE` writes one";

#[test]
fn a_file_that_is_no_dump_is_called_what_it_is() {
    let place = Place::new();
    let added = run(&[
        "user",
        "add",
        "--email",
        "ann@example.org",
        "--db",
        &place.db(),
    ]);
    assert!(added.status.success(), "{}", said(&added));
    let file = |name: &str, bytes: &[u8]| {
        let path = format!("{}-{name}", place.db());
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let schema = "CREATE TABLE d1_migrations (name TEXT);\n";
    let copy = format!("{}-copy", place.db());
    assert!(
        run(&["backup", "--db", &place.db(), "--to", &copy])
            .status
            .success()
    );
    let directory = std::path::Path::new(&place.db())
        .parent()
        .unwrap()
        .display()
        .to_string();
    for (path, problem) in [
        (
            format!("{directory}/none"),
            "there is no such file".to_owned(),
        ),
        (directory, "it is a directory, not a file".to_owned()),
        (file("empty", b""), format!("it is empty; {EXPORT}")),
        (
            file("binary", &[0xff, 0xfe, 0]),
            format!("it is no dump, which is SQL in UTF-8; {EXPORT}"),
        ),
        (
            file(
                "text",
                format!("{schema}\n# A heading\n\nand more\n").as_bytes(),
            ),
            format!("it is no dump, which is SQL: line 3: unrecognized token: \"#\"; {EXPORT}"),
        ),
        (
            file("cut", format!("{schema}CREATE TABLE audit (id").as_bytes()),
            "it isn't whole, it ends within a statement; export it again".to_owned(),
        ),
        (
            file("other", b"CREATE TABLE letter (id TEXT);\n"),
            "it is no dump of portcullis: it has no table `d1_migrations`".to_owned(),
        ),
        (
            copy,
            "it is a SQLite database, not a dump of one; give it with `--db`".to_owned(),
        ),
    ] {
        for command in [
            &["keys", "list"],
            &["audit", "export"],
            &["audit", "verify"],
        ] {
            let output = run(&[command.as_slice(), &["--dump", &path]].concat());
            assert!(!output.status.success(), "{command:?}");
            assert_eq!(
                said(&output),
                format!("portcullis: dump `{path}`: {problem}\n"),
                "{command:?}"
            );
        }
    }
}
