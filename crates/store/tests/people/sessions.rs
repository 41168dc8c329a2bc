//! Lists of sessions, where somebody has more of them than a list shows.

use serde_json::json;

use crate::world::World;

const OWN: &str = "/api/auth/list-sessions";
const OTHERS: &str = "/api/auth/admin/list-user-sessions";
const MORE: &str = "x-portcullis-more";

#[test]
fn a_list_of_500_sessions_is_all_and_one_of_more_says_so() {
    let world = World::new();
    let mut head = world.bearer("head");
    let mut clerk = world.bearer("clerk");
    let add = |from: u32, to: u32| {
        world.sql(&format!(
            "WITH RECURSIVE n (i) AS (SELECT {from} UNION ALL SELECT i + 1 FROM n WHERE i < {to}) \
             INSERT INTO session (id, token_hash, user_id, created_at_ms, updated_at_ms, \
             expires_at_ms, remember_me, absolute_expires_at_ms, last_active_at_ms, \
             authenticated_at_ms, user_epoch) SELECT 's' || i, 'h' || i, user_id, created_at_ms, \
             updated_at_ms, expires_at_ms, 1, absolute_expires_at_ms, last_active_at_ms - i, \
             authenticated_at_ms, user_epoch FROM session, n WHERE id = 'session-of-clerk'"
        ));
    };
    for (from, to, more) in [(1, 499, None), (500, 500, Some("true"))] {
        add(from, to);
        let own = world.get(&mut clerk, OWN);
        let theirs = world.post(&mut head, OTHERS, json!({ "userId": "clerk" }));
        for (answer, list) in [(&own, &own.json), (&theirs, &theirs.json["sessions"])] {
            let said = answer
                .headers
                .get(MORE)
                .map(|value| value.to_str().unwrap());
            assert_eq!((answer.status, said), (200, more));
            let list = list.as_array().unwrap();
            assert_eq!((list.len(), &list[499]["id"]), (500, &json!("s499")));
        }
    }
}
