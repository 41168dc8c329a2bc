//! A field that may not be read tells nothing, however it is asked about.

use portcullis_core::condition::Datum;
use portcullis_store::rows::{Direction, Order, RowsError, Select, Where};
use serde_json::json;

use crate::support::done;
use crate::todos::{World, column, ids, searched, text};

#[test]
fn a_field_that_is_never_allowed_is_not_in_the_statement() {
    let world = World::new();
    let ann = world.ann();
    let page = done(world.rows(&ann).select("todo", &Select::default())).unwrap();
    assert!(!page.fields.contains(&"secret".to_owned()));
    assert!(!world.database.last_sql().contains("secret"));
    let asked = Select {
        fields: vec!["secret".to_owned()],
        ..Select::default()
    };
    let error = done(world.rows(&ann).select("todo", &asked)).unwrap_err();
    assert_eq!(
        error.to_string(),
        "field `secret` is not allowed for `read`"
    );
}

#[test]
fn a_field_of_some_rows_is_null_in_the_others_and_searched_as_null() {
    let world = World::new();
    let ann = world.ann();
    let rows = world.rows(&ann);
    let page = done(rows.select("todo", &Select::default())).unwrap();
    assert_eq!(column(&page, "note"), [text("ann only"), Datum::Null]);
    let found = |filter| ids(&done(rows.select("todo", &searched(filter))).unwrap());
    assert_eq!(found(Where::is("note", text("bob only"))), []);
    assert_eq!(found(Where::StartsWith("note".into(), "bob".into())), []);
    assert_eq!(found(Where::is("note", text("ann only"))), [text("1")]);
    assert_eq!(found(Where::is("note", Datum::Null)), [text("2")]);
    let not = Where::Not(Box::new(Where::is("note", text("ann only"))));
    assert_eq!(found(not), [text("2")]);
}

#[test]
fn a_hidden_field_is_no_oracle_for_searches_orders_and_writes() {
    let world = World::new();
    let ann = world.ann();
    let rows = world.rows(&ann);
    let secret = Where::is("secret", text("s2"));
    let refused = |error: RowsError| assert_eq!(error.code(), "field_denied", "{error}");
    refused(done(rows.select("todo", &searched(secret.clone()))).unwrap_err());
    refused(done(rows.delete("todo", &secret)).unwrap_err());
    refused(done(rows.update("todo", &secret, &[("title", text("t"))])).unwrap_err());
    let order = vec![Order {
        field: "secret".into(),
        direction: Direction::Ascending,
    }];
    let ordered = Select {
        order,
        ..Select::default()
    };
    refused(done(rows.select("todo", &ordered)).unwrap_err());
    // Nor is the note of another's row, which an admin of the tenant may delete but not read.
    let admin = world.subject(&json!({"id": "adm", "grants": ["ADMIN@tenant:x"]}));
    let rows = world.rows(&admin);
    assert_eq!(
        done(rows.delete("todo", &Where::is("note", text("bob only")))),
        Ok(0)
    );
    assert_eq!(
        done(rows.delete("todo", &Where::is("id", text("2")))),
        Ok(1)
    );
}
