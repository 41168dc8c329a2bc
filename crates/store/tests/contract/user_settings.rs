//! Settings of users: one conditional statement a write, within the limits, and no update is lost.

use portcullis_service::user_settings::{
    Change, MAX_MEMBERS, MAX_OBJECT_BYTES, MAX_OBJECTS, MAX_USER_BYTES, NewSettings, Place,
    Precondition, Stored, Tags, UserSettingsStore, Written, merge_patch,
};
use serde_json::{Map, Value, json};

use crate::support::{NOW_MS, Seeded, TestStore, YEAR_2100_MS, count, done, query, store_with};

fn app(name: &str) -> Place {
    Place::App(name.to_owned())
}

#[expect(clippy::unnecessary_wraps, reason = "as the member that it becomes")]
fn tags(tags: &[&str]) -> Option<Tags> {
    Some(Tags::These(
        tags.iter().map(|&tag| tag.to_owned()).collect(),
    ))
}

fn if_match(etag: &str) -> Precondition {
    Precondition {
        matches: tags(&[etag]),
        none_matches: None,
    }
}

fn if_absent() -> Precondition {
    Precondition {
        matches: None,
        none_matches: Some(Tags::Any),
    }
}

fn write(
    store: &TestStore,
    place: &Place,
    change: Change,
    value: &Value,
    (etag, precondition): (&str, &Precondition),
) -> Written {
    let new = NewSettings {
        user_id: "ann",
        place,
        change,
        text: &value.to_string(),
        etag,
        at_ms: YEAR_2100_MS,
        precondition,
    };
    done(store.write_user_settings(&new)).unwrap().unwrap()
}

fn put(store: &TestStore, place: &Place, value: &Value, etag: &str) -> Written {
    let any = Precondition::default();
    write(store, place, Change::Replace, value, (etag, &any))
}

fn patch(store: &TestStore, place: &Place, value: &Value, etag: &str) -> Written {
    let any = Precondition::default();
    write(store, place, Change::Patch, value, (etag, &any))
}

fn at(store: &TestStore, places: &[Place]) -> Vec<Stored> {
    done(store.user_settings("ann", places)).unwrap()
}

fn settings(written: &Written) -> Value {
    Value::Object(written.now.as_ref().unwrap().settings.clone())
}

#[test]
fn what_was_put_is_read_back_with_its_length_tag_and_time() {
    let store = store_with(&["ann", "bob"]);
    let value = json!({ "theme": "dark", "quote": "a\"é\u{1}", "n": 1.5, "hidden": null });
    let written = put(&store, &Place::Global, &value, "e1");
    assert!(written.done && !written.existed);
    assert_eq!(settings(&written), value);
    let layer = &written.now.as_ref().unwrap().layer;
    let bytes = i64::try_from(value.to_string().len()).unwrap();
    assert_eq!((layer.bytes, layer.updated_at_ms), (bytes, YEAR_2100_MS));
    assert_eq!((&layer.place, layer.etag.as_str()), (&Place::Global, "e1"));
    assert_eq!(at(&store, &[Place::Global]), [written.now.unwrap()]);
    assert!(
        done(store.user_settings("bob", &[Place::Global]))
            .unwrap()
            .is_empty()
    );
}

#[test]
fn places_are_told_apart_by_kind_and_name() {
    let store = store_with(&["ann"]);
    let places = [
        Place::Global,
        app("a"),
        app("b"),
        Place::Device("a".to_owned()),
    ];
    for (number, place) in places.iter().enumerate() {
        assert!(put(&store, place, &json!({ "n": number }), "e").done);
    }
    assert_eq!(at(&store, &places).len(), 4);
    for (number, place) in places.iter().enumerate() {
        let found = at(&store, core::slice::from_ref(place));
        assert_eq!(found[0].settings["n"], number);
    }
    let layers = done(store.user_settings_layers("ann")).unwrap();
    let layers: Vec<Place> = layers.into_iter().map(|layer| layer.place).collect();
    assert_eq!(
        layers,
        [
            app("a"),
            app("b"),
            Place::Device("a".to_owned()),
            Place::Global
        ]
    );
}

#[test]
fn a_write_with_the_tag_that_was_seen_is_done_and_one_with_an_older_tag_is_not() {
    let store = store_with(&["ann"]);
    put(&store, &Place::Global, &json!({ "n": 1 }), "e1");
    let second = json!({ "n": 2 });
    let seen = if_match("e1");
    let done = write(
        &store,
        &Place::Global,
        Change::Replace,
        &second,
        ("e2", &seen),
    );
    assert!(done.done && done.existed);
    let third = json!({ "n": 3 });
    let late = write(
        &store,
        &Place::Global,
        Change::Replace,
        &third,
        ("e3", &seen),
    );
    assert!(!late.done);
    assert_eq!(settings(&late), second);
    assert_eq!(late.now.unwrap().layer.etag, "e2");
}

#[test]
fn each_condition_holds_exactly_when_it_should() {
    let any = || Some(Tags::Any);
    for (matches, none_matches, absent, present) in [
        (None, None, true, true),
        (any(), None, false, true),
        (tags(&["e1"]), None, false, true),
        (tags(&["e0", "e1"]), None, false, true),
        (tags(&["e0"]), None, false, false),
        (tags(&[]), None, false, false),
        (tags(&["*"]), None, false, false),
        (None, any(), true, false),
        (None, tags(&["e1"]), true, false),
        (None, tags(&["e0"]), true, true),
        (any(), tags(&["e0"]), false, true),
        (any(), any(), false, false),
    ] {
        let condition = Precondition {
            matches,
            none_matches,
        };
        assert_eq!(condition.holds(None), absent, "{condition:?}");
        assert_eq!(condition.holds(Some("e1")), present, "{condition:?}");
        for change in [Change::Replace, Change::Patch] {
            let store = store_with(&["ann"]);
            let new = json!({ "n": 2 });
            let written = write(&store, &Place::Global, change, &new, ("e2", &condition));
            assert_eq!(written.done, absent, "{condition:?}");
            put(&store, &Place::Global, &json!({ "n": 1 }), "e1");
            let written = write(&store, &Place::Global, change, &new, ("e2", &condition));
            assert_eq!(written.done, present, "{condition:?}");
        }
    }
}

#[test]
fn of_64_writers_with_the_same_tag_exactly_one_wins_and_the_others_see_what_it_wrote() {
    let store = store_with(&["ann"]);
    put(&store, &Place::Global, &json!({ "n": -1 }), "seen");
    let seen = if_match("seen");
    let results: Vec<Written> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..64)
            .map(|number| {
                let (store, seen) = (&store, &seen);
                scope.spawn(move || {
                    let etag = format!("e{number}");
                    let value = json!({ "n": number });
                    write(
                        store,
                        &Place::Global,
                        Change::Replace,
                        &value,
                        (&etag, seen),
                    )
                })
            })
            .collect();
        writers.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let winners: Vec<&Written> = results.iter().filter(|one| one.done).collect();
    assert_eq!(winners.len(), 1);
    assert!(results.iter().all(|one| one.now == winners[0].now));
    assert_eq!(
        at(&store, &[Place::Global]),
        [winners[0].now.clone().unwrap()]
    );
}

#[test]
fn of_64_first_writers_exactly_one_makes_the_object() {
    let store = store_with(&["ann"]);
    let absent = if_absent();
    let made = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..64)
            .map(|number| {
                let (store, absent) = (&store, &absent);
                scope.spawn(move || {
                    let etag = format!("e{number}");
                    let value = json!({ "n": number });
                    write(store, &app("a"), Change::Replace, &value, (&etag, absent)).done
                })
            })
            .collect();
        writers
            .into_iter()
            .filter_map(|one| one.join().unwrap().then_some(()))
            .count()
    });
    assert_eq!(made, 1);
}

#[test]
fn of_64_patches_of_different_members_none_is_lost() {
    let store = store_with(&["ann"]);
    std::thread::scope(|scope| {
        for number in 0..64 {
            let store = &store;
            scope.spawn(move || {
                let etag = format!("e{number}");
                let value = json!({ format!("k{number}"): number });
                assert!(patch(store, &Place::Global, &value, &etag).done);
            });
        }
    });
    assert_eq!(at(&store, &[Place::Global])[0].settings.len(), 64);
}

#[test]
fn an_object_is_removed_only_as_it_was_seen() {
    let store = store_with(&["ann"]);
    let remove = |place: &Place, condition: &Precondition| {
        done(store.remove_user_settings("ann", place, condition))
            .unwrap()
            .unwrap()
    };
    assert!(!remove(&Place::Global, &if_match("e1")).done);
    put(&store, &Place::Global, &json!({}), "e1");
    put(&store, &app("a"), &json!({}), "e1");
    let late = remove(&Place::Global, &if_match("e0"));
    assert!(!late.done && late.now.is_some());
    let removed = remove(&Place::Global, &if_match("e1"));
    assert!(removed.done && removed.existed && removed.now.is_none());
    assert_eq!((removed.objects, at(&store, &[app("a")]).len()), (1, 1));
}

#[test]
fn a_tag_of_an_object_that_was_removed_and_made_again_does_not_hold() {
    let store = store_with(&["ann"]);
    put(&store, &Place::Global, &json!({ "n": 1 }), "e1");
    let seen = if_match("e1");
    done(store.remove_user_settings("ann", &Place::Global, &seen)).unwrap();
    put(&store, &Place::Global, &json!({ "n": 2 }), "e2");
    let late = write(
        &store,
        &Place::Global,
        Change::Replace,
        &json!({}),
        ("e3", &seen),
    );
    assert!(!late.done);
}

#[test]
fn nobody_has_settings_who_is_not_there_and_they_go_with_the_account() {
    let store = store_with(&["ann"]);
    put(&store, &Place::Global, &json!({}), "e1");
    query(&store, "DELETE FROM user WHERE id = 'ann'");
    assert_eq!(count(&store, "SELECT count(*) FROM user_setting"), 0);
    let new = NewSettings {
        user_id: "ann",
        place: &Place::Global,
        change: Change::Patch,
        text: "{}",
        etag: "e2",
        at_ms: NOW_MS,
        precondition: &Precondition::default(),
    };
    assert_eq!(done(store.write_user_settings(&new)).unwrap(), None);
    let any = Precondition::default();
    let removed = done(store.remove_user_settings("ann", &Place::Global, &any));
    assert_eq!(removed.unwrap(), None);
}

/// An object of exactly so many bytes.
fn of_bytes(bytes: usize) -> Value {
    let value = json!({ "a": "x".repeat(bytes - r#"{"a":""}"#.len()) });
    assert_eq!(value.to_string().len(), bytes);
    value
}

#[test]
fn a_patch_that_would_make_an_object_a_byte_too_long_is_not_done() {
    let store = store_with(&["ann"]);
    let half = of_bytes(MAX_OBJECT_BYTES / 2);
    put(&store, &Place::Global, &half, "e1");
    // {"a":"…"} and {"b":"…"} become one object with a comma in place of two braces.
    let rest = MAX_OBJECT_BYTES - half.to_string().len() - r#","b":"""#.len();
    let longer = patch(
        &store,
        &Place::Global,
        &json!({ "b": "x".repeat(rest + 1) }),
        "e2",
    );
    assert!(!longer.done);
    assert_eq!(settings(&longer), half);
    let longest = patch(
        &store,
        &Place::Global,
        &json!({ "b": "x".repeat(rest) }),
        "e3",
    );
    assert!(longest.done);
    let bytes = i64::try_from(MAX_OBJECT_BYTES).unwrap();
    assert_eq!(longest.now.unwrap().layer.bytes, bytes);
}

#[test]
fn length_is_counted_in_bytes_and_not_in_characters() {
    let store = store_with(&["ann"]);
    let value = json!({ "a": "é".repeat(100) });
    let written = put(&store, &Place::Global, &value, "e1");
    let bytes = i64::try_from(value.to_string().len()).unwrap();
    assert_eq!(written.now.unwrap().layer.bytes, bytes);
}

#[test]
fn a_patch_that_would_make_a_member_too_many_is_not_done() {
    let store = store_with(&["ann"]);
    let members = (0..MAX_MEMBERS).map(|n| (format!("k{n}"), json!(n)));
    put(
        &store,
        &Place::Global,
        &Value::Object(members.collect()),
        "e1",
    );
    assert!(!patch(&store, &Place::Global, &json!({ "more": 1 }), "e2").done);
    assert!(
        patch(
            &store,
            &Place::Global,
            &json!({ "k0": null, "more": 1 }),
            "e3"
        )
        .done
    );
}

#[test]
fn all_objects_together_stay_within_the_bytes_of_a_user() {
    let store = store_with(&["ann"]);
    let full = MAX_USER_BYTES / MAX_OBJECT_BYTES;
    for number in 0..full - 1 {
        assert!(
            put(
                &store,
                &app(&format!("a{number}")),
                &of_bytes(MAX_OBJECT_BYTES),
                "e"
            )
            .done
        );
    }
    put(&store, &app("small"), &of_bytes(10), "e");
    let last = app("last");
    assert!(!put(&store, &last, &of_bytes(MAX_OBJECT_BYTES - 9), "e").done);
    assert!(put(&store, &last, &of_bytes(MAX_OBJECT_BYTES - 10), "e").done);
    // What an object takes already isn't counted against its next form.
    assert!(put(&store, &last, &of_bytes(MAX_OBJECT_BYTES - 10), "e").done);
    assert!(!put(&store, &app("small"), &of_bytes(11), "e").done);
    assert!(put(&store, &app("small"), &of_bytes(9), "e").done);
}

#[test]
fn a_user_has_so_many_objects_and_not_one_more_but_may_change_each() {
    let store = store_with(&["ann"]);
    for number in 0..MAX_OBJECTS {
        assert!(put(&store, &app(&format!("a{number}")), &json!({}), "e").done);
    }
    let more = put(&store, &app("more"), &json!({}), "e");
    assert!(!more.done && more.now.is_none());
    assert_eq!(more.objects, i64::try_from(MAX_OBJECTS).unwrap());
    assert!(put(&store, &app("a0"), &json!({ "n": 1 }), "e").done);
}

/// A random object, three levels deep.
fn random_object(random: &mut impl FnMut(u8) -> u8, depth: u8) -> Value {
    let members = (0..random(4)).map(|_| {
        let name = ["a", "b", "c\"", "é\\"][usize::from(random(4))].to_owned();
        let value = match random(if depth > 2 { 5 } else { 7 }) {
            0 => Value::Null,
            1 => json!(random(3)),
            2 => json!([null, { "a": null }]),
            3 => json!("a\u{1}b"),
            4 => json!(0.5),
            _ => random_object(random, depth + 1),
        };
        (name, value)
    });
    Value::Object(members.collect::<Map<_, _>>())
}

#[test]
fn the_database_merges_random_patches_as_the_program_does() {
    let store = store_with(&["ann"]);
    let mut seeded = Seeded(20_261_122);
    let mut random = |below: u8| {
        let mut byte = [0];
        portcullis_issue::Entropy::fill(&mut seeded, &mut byte);
        byte[0] % below
    };
    for number in 0..400 {
        let (target, change) = (random_object(&mut random, 0), random_object(&mut random, 0));
        put(&store, &Place::Global, &target, &format!("t{number}"));
        let written = patch(&store, &Place::Global, &change, &format!("p{number}"));
        let mut expected = target.as_object().unwrap().clone();
        merge_patch(&mut expected, change.as_object().unwrap());
        assert_eq!(
            settings(&written),
            Value::Object(expected),
            "{target} {change}"
        );
    }
}
