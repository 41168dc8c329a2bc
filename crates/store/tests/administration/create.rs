//! Accounts made for others.

use portcullis_core::decide::Grant;
use portcullis_service::admin::{self, Ban, Creation};

use crate::world::{START_MS, World, done, word};

const NAVAL: &str = include_str!("../../../../policies/naval-unit.toml");

fn asked() -> Creation {
    Creation {
        email: "New@Example.org".to_owned(),
        name: "José".to_owned(),
        ..Creation::default()
    }
}

#[test]
fn an_account_has_what_was_asked_for_and_its_address_once() {
    let world = World::new(NAVAL);
    let admin_id = world.person(&["admin"]);
    let admin = world.caller(&admin_id);
    let create = |asked| done(admin::create(&world.app, &admin, asked, &world.context));
    let made = create(Creation {
        password: Some("correct horse battery staple".to_owned()),
        roles: vec![Grant::parse("executive"), Grant::parse("quartermaster")],
        email_verified: Some(true),
        ban: Some(Ban {
            since_ms: START_MS,
            reason: None,
            expires_at_ms: Some(START_MS + 1),
        }),
        ..asked()
    })
    .unwrap();
    assert_eq!(made.user.email, "new@example.org");
    assert!(made.user.email_verified && made.ban.is_some());
    let mut roles: Vec<_> = made.grants.iter().map(|one| one.role.as_str()).collect();
    roles.sort_unstable();
    assert_eq!(roles, ["executive", "quartermaster"]);
    assert_eq!(word(create(asked())), "EmailTaken");
    let rows = world.sql("SELECT name_folded FROM user WHERE email = 'new@example.org'");
    assert_eq!(rows[0].text("name_folded").unwrap(), "jose");
    let audited = world.sql("SELECT user_id, fields FROM audit WHERE action = 'user.create'");
    assert_eq!(audited.len(), 1);
    assert_eq!(audited[0].text("user_id").unwrap(), made.user.id);
    let fields = audited[0].text("fields").unwrap();
    assert!(
        fields.contains(&admin_id) && fields.contains("executive quartermaster"),
        "{fields}"
    );
}

#[test]
fn what_is_not_as_it_should_be_makes_nothing() {
    let world = World::new(NAVAL);
    let admin = world.caller(&world.person(&["admin"]));
    let create = |asked| {
        word(done(admin::create(
            &world.app,
            &admin,
            asked,
            &world.context,
        )))
    };
    let email = |text: &str| Creation {
        email: text.to_owned(),
        ..asked()
    };
    let password = |text: &str| Creation {
        password: Some(text.to_owned()),
        ..asked()
    };
    let role = |text: &str| Creation {
        roles: vec![Grant::parse(text)],
        ..asked()
    };
    assert_eq!(create(email("new")), "InvalidEmail");
    assert_eq!(create(password("short")), "PasswordTooShort { min: 15 }");
    assert_eq!(create(role("captain")), "UnknownRole");
    assert!(create(role("executive@state:x")).starts_with("NotGrantable"));
    assert_eq!(create(role("developer")), "not allowed admin.set_role");
    assert_eq!(create(role("admin")), "not allowed admin.set_role");
    assert_eq!(world.count("SELECT count(*) AS n FROM user"), 1);
}
