//! People who delete their own accounts.

use serde_json::json;

use crate::world::World;

const DELETE: &str = "/api/auth/delete-user";

#[test]
fn the_last_administrator_of_a_level_is_told_why_and_stays_and_of_two_one_goes() {
    let world = World::with(|settings| settings.accounts.delete_user = true);
    let mut owner = world.bearer("owner");
    let refused = world.post(&mut owner, DELETE, json!({}));
    assert_eq!(
        (refused.status, refused.code()),
        (409, "LAST_ADMINISTRATOR"),
        "{refused:?}"
    );
    assert_eq!(world.who(&mut owner).as_deref(), Some("owner"));
    world.sql(
        "INSERT INTO role_grant (id, user_id, role, created_at_ms) VALUES ('x', 'peer', 'OWNER', 1)",
    );
    // What somebody is given ends their sessions' standing, not others': the owner asks again.
    let done = world.post(&mut owner, DELETE, json!({}));
    assert_eq!(done.status, 200, "{done:?}");
    assert_eq!(world.count("user WHERE id = 'owner'"), 0);
    let mut peer = world.bearer("peer");
    let refused = world.post(&mut peer, DELETE, json!({}));
    assert_eq!(refused.code(), "LAST_ADMINISTRATOR", "{refused:?}");
}

#[test]
fn one_who_administers_nothing_goes_whoever_is_left() {
    let world = World::with(|settings| settings.accounts.delete_user = true);
    let mut clerk = world.bearer("clerk");
    assert_eq!(world.post(&mut clerk, DELETE, json!({})).status, 200);
    assert_eq!(world.count("user WHERE id = 'clerk'"), 0);
}
