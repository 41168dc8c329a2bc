//! Reading page by page.

use portcullis_core::condition::Datum;
use portcullis_core::decide::{Principal, Subject};
use portcullis_core::policy::{Policy, toml};
use portcullis_core::time::UnixSecs;
use portcullis_store::rows::{Cursor, Direction, MAX_LIMIT, Order, Page, Rows, RowsError, Select};

use crate::support::{Dice, Memory, done};

const POLICY: &str = r#"
name = "pages"
[resources.note]
actions = ["read"]
table = "notes"
[resources.note.fields]
id = "int"
rank = "float"
word = "string"
mine = "bool"
tags = "list<string>"
[[rules]]
name = "odd"
effect = "allow"
resource = "note"
when = "record.id != 13"
[[rules]]
name = "hidden"
effect = "deny"
resource = "note"
when = "record.mine == false"
fields = ["word"]
"#;

fn notes() -> (Policy, Memory) {
    let database =
        Memory::new("CREATE TABLE notes (id INTEGER PRIMARY KEY, rank, word, mine, tags)");
    let mut dice = Dice(3);
    let connection = database.connection.lock().unwrap();
    for id in 0..57 {
        let rank = dice.pick(&[None, Some(0.1), Some(0.5), Some(2.0)]);
        let word = dice.pick(&[None, Some("a"), Some("B"), Some("a\0"), Some("é")]);
        let mine = dice.pick(&[None, Some(false), Some(true)]);
        let insert = "INSERT INTO notes VALUES (?1, ?2, ?3, ?4, NULL)";
        connection.execute(insert, (id, rank, word, mine)).unwrap();
    }
    connection
        .execute(
            "UPDATE notes SET word = x'61', rank = 'text' WHERE id = 20",
            [],
        )
        .unwrap();
    drop(connection);
    (toml::parse(POLICY).unwrap(), database)
}

fn read(world: &(Policy, Memory), select: &Select) -> Result<Page, RowsError> {
    let subject = Subject::compile(&world.0, &Principal::default());
    done(Rows::bind(&world.1, &world.0, &subject, UnixSecs::new(1)).select("note", select))
}

fn by(order: &[(&str, Direction)], limit: u32) -> Select {
    let order = order.iter().map(|(field, direction)| Order {
        field: (*field).to_owned(),
        direction: *direction,
    });
    Select {
        order: order.collect(),
        limit,
        ..Select::default()
    }
}

#[test]
fn pages_of_any_size_and_order_are_the_whole_in_that_order() {
    use Direction::{Ascending, Descending};
    let world = notes();
    let orders: [&[(&str, Direction)]; 6] = [
        &[],
        &[("id", Descending)],
        &[("rank", Ascending)],
        &[("rank", Descending), ("word", Ascending)],
        &[("word", Descending), ("mine", Descending)],
        &[("mine", Ascending), ("id", Descending)],
    ];
    for order in orders {
        let whole = read(&world, &by(order, 1_000)).unwrap();
        assert_eq!(whole.rows.len(), 56, "all but one are allowed");
        assert_eq!(whole.next, None);
        for limit in [1, 7, 28, 55, 56] {
            let mut select = by(order, limit);
            let mut rows = Vec::new();
            loop {
                let page = read(&world, &select).unwrap();
                assert!(page.rows.len() <= limit as usize);
                rows.extend(page.rows);
                select.after = page.next;
                if select.after.is_none() {
                    break;
                }
            }
            assert_eq!(rows, whole.rows, "{order:?} by {limit}");
        }
    }
}

#[test]
fn hidden_values_take_no_part_in_the_order() {
    let world = notes();
    let page = read(&world, &by(&[("word", Direction::Ascending)], 1_000)).unwrap();
    let words: Vec<_> = page.rows.iter().map(|row| row[2].clone()).collect();
    let nulls = words
        .iter()
        .take_while(|word| **word == Datum::Null)
        .count();
    assert!(nulls > 20 && words[nulls..].iter().all(|word| *word != Datum::Null));
    for row in &page.rows {
        assert!(row[3] != Datum::Bool(false) || row[2] == Datum::Null);
    }
}

#[test]
fn a_cursor_of_another_order_and_an_order_of_lists_are_refused() {
    let world = notes();
    let mut select = by(&[("word", Direction::Ascending)], 5);
    for cursor in [
        vec![],
        vec![Datum::Int(1)],
        vec![Datum::Int(1), Datum::Int(1)],
    ] {
        select.after = Some(Cursor(cursor));
        assert_eq!(read(&world, &select), Err(RowsError::WrongCursor));
    }
    let error = read(&world, &by(&[("tags", Direction::Ascending)], 5)).unwrap_err();
    assert_eq!(error.code(), "no_order");
}

#[test]
fn a_limit_is_at_most_a_thousand_and_a_hundred_by_default() {
    let world = notes();
    world
        .1
        .connection
        .lock()
        .unwrap()
        .execute_batch(
            "WITH RECURSIVE n(i) AS (SELECT 100 UNION ALL SELECT i + 1 FROM n WHERE i < 1400) \
         INSERT INTO notes (id) SELECT i FROM n",
        )
        .unwrap();
    assert_eq!(read(&world, &by(&[], 0)).unwrap().rows.len(), 100);
    assert_eq!(
        read(&world, &by(&[], u32::MAX)).unwrap().rows.len(),
        MAX_LIMIT as usize
    );
}
