//! No row outside the policy is seen, changed, made, or moved there.

use portcullis_core::condition::Datum;
use portcullis_store::rows::{Select, Where};
use serde_json::json;

use crate::support::done;
use crate::todos::{World, column, ids, searched, text};

#[test]
fn a_member_reads_its_tenants_rows_and_no_others() {
    let world = World::new();
    let ann = world.ann();
    let page = done(world.rows(&ann).select("todo", &Select::default())).unwrap();
    assert_eq!(ids(&page), [text("1"), text("2")]);
    assert_eq!(
        column(&page, "points"),
        [Datum::Null, Datum::Int(9_007_199_254_740_993)]
    );
    assert_eq!(column(&page, "weight"), [Datum::Null, Datum::Float(0.1)]);
    assert_eq!(
        column(&page, "done"),
        [Datum::Bool(false), Datum::Bool(false)]
    );
    assert_eq!(
        column(&page, "labels")[1],
        Datum::List(vec![text("a"), text("b")])
    );
}

#[test]
fn no_row_of_another_tenant_is_read_updated_or_deleted() {
    let world = World::new();
    let admin = world
        .subject(&json!({"id": "adm", "grants": ["ADMIN@tenant:x"], "attributes": {"home": "x"}}));
    let rows = world.rows(&admin);
    let before = world.table();
    let third = Where::is("id", text("3"));
    assert_eq!(
        ids(&done(rows.select("todo", &searched(third.clone()))).unwrap()),
        []
    );
    assert_eq!(
        done(rows.update("todo", &third, &[("title", text("mine"))])),
        Ok(0)
    );
    assert_eq!(done(rows.delete("todo", &third)), Ok(0));
    let foreign = [("id", text("9")), ("tenant_id", text("y"))];
    assert_eq!(done(rows.insert("todo", &foreign)), Ok(0));
    assert_eq!(world.table(), before);
    assert_eq!(
        done(rows.update("todo", &Where::Everything, &[("title", text("all"))])),
        Ok(2)
    );
    assert_eq!(world.table()[2], ["3", "y", "eve", "third"]);
    assert_eq!(done(rows.delete("todo", &Where::Everything)), Ok(2));
    assert_eq!(world.table().len(), 2);
}

#[test]
fn nobody_moves_a_row_out_of_what_they_may_change_nor_into_it() {
    let world = World::new();
    let admin = world.subject(&json!({"id": "adm", "grants": ["ADMIN@tenant:x"]}));
    let before = world.table();
    let rows = world.rows(&admin);
    let first = Where::is("id", text("1"));
    assert_eq!(
        done(rows.update("todo", &first, &[("tenant_id", text("y"))])),
        Ok(0)
    );
    assert_eq!(
        done(rows.update("todo", &first, &[("tenant_id", Datum::Null)])),
        Ok(0)
    );
    let third = Where::is("id", text("3"));
    assert_eq!(
        done(rows.update("todo", &third, &[("tenant_id", text("x"))])),
        Ok(0)
    );
    // An owner can't give a row away, nor take one.
    let ann = world.ann();
    let rows = world.rows(&ann);
    assert_eq!(
        done(rows.update("todo", &first, &[("owner_id", text("bob"))])),
        Ok(0)
    );
    let second = Where::is("id", text("2"));
    assert_eq!(
        done(rows.update("todo", &second, &[("owner_id", text("ann"))])),
        Ok(0)
    );
    assert_eq!(world.table(), before);
    assert_eq!(
        done(rows.update("todo", &first, &[("title", text("new"))])),
        Ok(1)
    );
}

#[test]
fn an_update_must_be_allowed_for_the_row_as_it_becomes() {
    let world = World::new();
    let ann = world.ann();
    let rows = world.rows(&ann);
    let first = Where::is("id", text("1"));
    assert_eq!(
        done(rows.update(
            "todo",
            &first,
            &[("points", Datum::Int(5)), ("done", Datum::Bool(true))]
        )),
        Ok(0)
    );
    assert_eq!(
        done(rows.update("todo", &first, &[("done", Datum::Bool(true))])),
        Ok(1)
    );
    assert_eq!(
        done(rows.update("todo", &first, &[("points", Datum::Int(5))])),
        Ok(0)
    );
    assert_eq!(
        done(rows.update("todo", &first, &[("title", text("still"))])),
        Ok(1)
    );
}

#[test]
fn who_may_nothing_asks_the_database_nothing() {
    let world = World::new();
    let nobody = world.subject(&json!({"id": "nobody", "expiresSecs": 1}));
    let rows = world.rows(&nobody);
    assert_eq!(
        done(rows.select("todo", &Select::default())).unwrap().rows,
        Vec::<Vec<Datum>>::new()
    );
    assert_eq!(done(rows.delete("todo", &Where::Everything)), Ok(0));
    assert_eq!(done(rows.insert("todo", &[("id", text("9"))])), Ok(0));
    assert!(world.database.asked.lock().unwrap().is_empty());
}

#[test]
fn a_new_row_gets_its_defaults_and_is_checked_with_them() {
    let world = World::new();
    let ann = world.ann();
    let rows = world.rows(&ann);
    assert_eq!(
        done(rows.insert("todo", &[("id", text("7")), ("title", text("new"))])),
        Ok(1)
    );
    let made = world.database.cells(
        "SELECT tenant_id, owner_id, title, done, typeof(done), points FROM todos WHERE id = '7'",
    );
    assert_eq!(made, [["x", "ann", "new", "0", "integer", "null"]]);
    let others = [("id", text("8")), ("owner_id", text("bob"))];
    assert_eq!(done(rows.insert("todo", &others)), Ok(0));
    let homeless = world.subject(&json!({"id": "ann", "tenants": [{"id": "x"}]}));
    assert_eq!(
        done(world.rows(&homeless).insert("todo", &[("id", text("8"))])),
        Ok(0)
    );
    let taken = done(rows.insert("todo", &[("id", text("7"))])).unwrap_err();
    assert_eq!(taken.code(), "store_failed");
}
