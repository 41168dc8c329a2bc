//! Values stay values, and are stored as they are.

use portcullis_core::condition::{Comparison, Datum};
use portcullis_store::rows::{RowsError, Select, Where};

use crate::support::done;
use crate::todos::{World, column, ids, searched, text};

#[test]
fn every_type_is_stored_exactly_and_read_back() {
    let world = World::new();
    let ann = world.ann();
    let rows = world.rows(&ann);
    for (number, (points, weight)) in [
        (i64::MIN, 0.1),
        (i64::MAX, 1e300),
        ((1 << 53) + 1, 5.0),
        (-7, -2.5e-10),
        (0, 0.300_000_000_000_000_04),
    ]
    .into_iter()
    .enumerate()
    {
        let id = text(&format!("t{number}"));
        let label = text("it's \"x\"; -- \u{0} \\ é😀");
        let labels = Datum::List(vec![label.clone(), text("")]);
        let values = [
            ("id", id.clone()),
            ("points", Datum::Int(points)),
            ("weight", Datum::Float(weight)),
            ("labels", labels.clone()),
            ("title", label.clone()),
        ];
        assert_eq!(done(rows.insert("todo", &values)), Ok(1));
        let page = done(rows.select(
            "todo",
            &searched(Where::All(vec![
                Where::is("points", Datum::Int(points)),
                Where::is("weight", Datum::Float(weight)),
                Where::is("title", label.clone()),
                Where::Contains("labels".into(), label.clone()),
                Where::OneOf("id".into(), vec![text("other"), id.clone()]),
            ])),
        ))
        .unwrap();
        assert_eq!(ids(&page), [id]);
        assert_eq!(column(&page, "points"), [Datum::Int(points)]);
        assert_eq!(column(&page, "weight"), [Datum::Float(weight)]);
        assert_eq!(column(&page, "labels"), [labels]);
        assert_eq!(column(&page, "title"), [label]);
    }
}

#[test]
fn names_that_look_like_sql_are_unknown_and_values_that_do_are_values() {
    let world = World::new();
    let ann = world.ann();
    let rows = world.rows(&ann);
    let attack = "title` = 'x'; DROP TABLE todos; --";
    let unknown = |error: RowsError| assert_eq!(error.code(), "unknown_field", "{error}");
    unknown(done(rows.insert("todo", &[(attack, text("x"))])).unwrap_err());
    unknown(done(rows.update("todo", &Where::Everything, &[(attack, text("x"))])).unwrap_err());
    unknown(done(rows.delete("todo", &Where::is(attack, text("x")))).unwrap_err());
    unknown(
        done(rows.select(
            "todo",
            &Select {
                fields: vec![attack.into()],
                ..Select::default()
            },
        ))
        .unwrap_err(),
    );
    unknown(done(rows.delete("todo", &Where::is("rowid", Datum::Int(1)))).unwrap_err());
    let refused = done(rows.select("todo; --", &Select::default())).unwrap_err();
    assert_eq!(refused.code(), "unknown_permission");
    let before = world.table();
    for attack in ["' OR '1'='1", "?1", "`", "\" OR 1=1 --", "%", "x\0' OR 1=1"] {
        assert_eq!(
            done(rows.delete("todo", &Where::is("id", text(attack)))),
            Ok(0)
        );
        let filter = Where::StartsWith("title".into(), attack.into());
        assert_eq!(
            ids(&done(rows.select("todo", &searched(filter))).unwrap()),
            []
        );
    }
    assert_eq!(world.table(), before);
    assert_eq!(
        done(rows.update(
            "todo",
            &Where::is("id", text("1")),
            &[("title", text("', secret = '"))]
        )),
        Ok(1)
    );
    assert_eq!(world.table()[0][3], "', secret = '");
}

#[test]
fn values_of_the_wrong_type_and_forbidden_fields_are_told_by_name() {
    let world = World::new();
    let ann = world.ann();
    let rows = world.rows(&ann);
    let told =
        |values: &[(&str, Datum)]| done(rows.insert("todo", values)).unwrap_err().to_string();
    assert_eq!(
        told(&[("points", text("5"))]),
        "field `points` takes a value of type int"
    );
    assert_eq!(
        told(&[("labels", Datum::List(vec![Datum::Int(1)]))]),
        "field `labels` takes a value of type list<string>"
    );
    assert_eq!(
        told(&[("weight", Datum::Float(f64::NAN))]),
        "field `weight` takes a value of type float"
    );
    assert_eq!(
        told(&[("secret", text("s"))]),
        "field `secret` is not allowed for `create`"
    );
    assert_eq!(told(&[("ghost", text("s"))]), "`todo` has no field `ghost`");
    assert_eq!(
        told(&[("id", text("a")), ("id", text("b"))]),
        "field `id` is given twice"
    );
    let error = done(rows.update("todo", &Where::Everything, &[])).unwrap_err();
    assert_eq!(error, RowsError::NothingToWrite);
    let error =
        done(rows.update("todo", &Where::Everything, &[("secret", text("s"))])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "field `secret` is not allowed for `update`"
    );
    let compared = Where::Compare("points".into(), Comparison::Less, text("5"));
    assert_eq!(
        done(rows.delete("todo", &compared)).unwrap_err().code(),
        "wrong_type"
    );
}

#[test]
fn a_search_for_more_values_than_a_statement_binds_is_one_statement() {
    let world = World::new();
    let ann = world.ann();
    let rows = world.rows(&ann);
    let mut any: Vec<Where> = (0..150)
        .map(|number| Where::is("title", text(&format!("t{number}"))))
        .collect();
    any.push(Where::is("title", text("first")));
    assert_eq!(
        ids(&done(rows.select("todo", &searched(Where::Any(any.clone())))).unwrap()),
        [text("1")]
    );
    assert_eq!(
        done(rows.update("todo", &Where::Any(any), &[("title", text("second"))])),
        Ok(1)
    );
    let many = (0..5_000).map(|number| text(&number.to_string())).collect();
    let found = done(rows.select("todo", &searched(Where::OneOf("id".into(), many)))).unwrap();
    assert_eq!(ids(&found), [text("1"), text("2")]);
}
