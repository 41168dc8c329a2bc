//! Statements stay small and quick however many rules are about fields.

use portcullis_core::condition::Datum;
use portcullis_core::time::UnixSecs;
use portcullis_store::rows::{MAX_STATEMENT_BYTES, Rows, RowsError, Select, Where};

use crate::support::{Memory, done};
use crate::wide::{ann, everything, policy, schema};

#[test]
fn sixty_rules_about_fields_make_a_statement_of_thirty_thousand_bytes() {
    let (policy, database) = (policy(60, 1), Memory::new(&schema()));
    let subject = ann(&policy);
    let rows = Rows::bind(&database, &policy, &subject, UnixSecs::new(1));
    let page = done(rows.select("doc", &everything())).unwrap();
    assert_eq!(page.rows.len(), 1);
    println!("select: {} bytes", database.longest());
    assert!(database.longest() < 30_000, "{}", database.longest());
    let search = Where::is("f4", Datum::Text("hidden".into()));
    assert_eq!(
        done(rows.delete("doc", &search)),
        Ok(0),
        "its f4 is not seen"
    );
    let values = [("f4", Datum::Text("new".into())), ("f8", Datum::Null)];
    let search = Where::is("f4", Datum::Text("shown".into()));
    assert_eq!(done(rows.update("doc", &search, &values)), Ok(1));
    println!("update: {} bytes", database.longest());
    assert!(database.longest() < 30_000, "{}", database.longest());
}

#[test]
fn a_statement_that_no_database_takes_is_refused_and_not_sent() {
    let database = Memory::new(&schema());
    let told = |rules| {
        let policy = policy(rules, 20);
        let subject = ann(&policy);
        let rows = Rows::bind(&database, &policy, &subject, UnixSecs::new(1));
        done(rows.select("doc", &everything())).map(|page| page.rows.len())
    };
    let most = (1..90).rev().find(|rules| told(*rules).is_ok()).unwrap();
    let sent = database.longest();
    assert!(
        sent <= MAX_STATEMENT_BYTES && sent > MAX_STATEMENT_BYTES * 9 / 10,
        "{sent}"
    );
    let asked = database.asked.lock().unwrap().len();
    let error = told(most + 1).unwrap_err();
    let RowsError::TooLong { bytes } = error else {
        panic!("{error}");
    };
    assert!(bytes > MAX_STATEMENT_BYTES);
    assert_eq!(error.code(), "statement_too_long");
    assert_eq!(
        error.to_string(),
        format!("the statement would have {bytes} bytes, and a database takes 100000")
    );
    assert_eq!(database.asked.lock().unwrap().len(), asked);
}

#[test]
fn indexes_serve_the_policy_and_the_search_beside_hidden_fields() {
    let (policy, database) = (policy(60, 1), Memory::new(&schema()));
    let subject = ann(&policy);
    let rows = Rows::bind(&database, &policy, &subject, UnixSecs::new(1));
    let plan = |select: &Select| {
        done(rows.select("doc", select)).unwrap();
        let explain = format!("EXPLAIN QUERY PLAN {}", database.last_sql());
        let connection = database.connection.lock().unwrap();
        let mut prepared = connection.prepare(&explain).unwrap();
        let mut lines = prepared.raw_query();
        let mut plan = String::new();
        while let Some(line) = lines.next().unwrap() {
            plan.push_str(&line.get::<_, String>(3).unwrap());
            plan.push_str("; ");
        }
        plan
    };
    let all = plan(&everything());
    assert!(
        all.contains("CO-ROUTINE") && all.contains("docs USING INDEX by_owner (owner=?)"),
        "{all}"
    );
    let one = plan(&Select {
        fields: vec!["f4".into()],
        filter: Where::All(vec![
            Where::is("id", Datum::Text("1".into())),
            Where::is("f0", Datum::Text("a".into())),
        ]),
        ..Select::default()
    });
    assert!(
        one.contains("CO-ROUTINE") && one.contains("docs USING INDEX by_"),
        "{one}"
    );
}

#[test]
fn a_search_of_hundreds_of_parts_is_not_too_deep() {
    let (policy, database) = (policy(60, 1), Memory::new(&schema()));
    let subject = ann(&policy);
    let rows = Rows::bind(&database, &policy, &subject, UnixSecs::new(1));
    let parts = (0..300).map(|number| Where::Not(Box::new(Where::is("f5", Datum::Int(number)))));
    let search = Where::All(parts.collect());
    let select = Select {
        filter: search,
        ..Select::default()
    };
    assert_eq!(done(rows.select("doc", &select)).unwrap().rows.len(), 2);
}
