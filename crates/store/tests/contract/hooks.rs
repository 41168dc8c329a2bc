//! Hooks and webhooks behind the use cases, on a real SQLite and a clock that the test turns.

use core::future::Future;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use portcullis_core::policy::Policy;
use portcullis_issue::Entropy;
use portcullis_service::hooks::{Delivered, HookFuture, deliver};
use portcullis_service::tenants::{
    self, Change, Refused, Role, RoleChange, assign, create_role, create_tenant, delete_role,
    update_role,
};
use portcullis_service::{
    App, Caller, Context, Denied, Error, Hooks, Host, OutgoingRequest, SessionRef, Settings, Store,
    Webhook,
};

use crate::support::{
    NOW_MS, Seeded, TestStore, begin, count, done, new_session, query, store_with,
};

const POLICY: &str = r#"
name = "t"
version = "1"
scopes = ["org"]
[permissions]
"doc:read" = []
"doc:write" = []
[tenants]
level = "org"
owner = ["doc:read"]
"#;

/// A host whose time stands still until it is moved, and whose receiver answers as it is told.
#[derive(Debug)]
struct Still {
    now_ms: AtomicI64,
    drawn: AtomicU64,
    posted: Mutex<Vec<OutgoingRequest>>,
    answer: Mutex<Result<u16, String>>,
}

impl Host for Still {
    fn now_ms(&self) -> i64 {
        self.now_ms.load(Ordering::Relaxed)
    }

    fn fill_random(&self, out: &mut [u8]) {
        Seeded(self.drawn.fetch_add(1, Ordering::Relaxed)).fill(out);
    }

    fn post(&self, request: OutgoingRequest) -> impl Future<Output = Result<u16, String>> + Send {
        self.posted.lock().unwrap().push(request);
        let answer = self.answer.lock().unwrap().clone();
        async move { answer }
    }

    fn log(&self, _line: &str) {}
}

#[derive(Debug, Default)]
struct Kept(Mutex<Vec<Change>>);

impl Hooks for Kept {
    fn after<'a>(&'a self, change: &'a Change) -> HookFuture<'a> {
        Box::pin(async move { self.0.lock().unwrap().push(change.clone()) })
    }
}

struct World {
    app: App<TestStore, Still>,
    kept: Arc<Kept>,
}

impl World {
    /// Ann and Bob, each with a session, and a webhook.
    fn new(change: impl FnOnce(&mut Settings)) -> Self {
        let store = store_with(&["ann", "bob"]);
        for user in ["ann", "bob"] {
            begin(&store, &new_session(user, user));
        }
        let policy: Policy = portcullis_core::policy::toml::parse(POLICY).unwrap();
        let secret = "a secret for tests alone, 32 bytes long";
        let mut settings = Settings::new("http://127.0.0.1:1", secret, policy).unwrap();
        settings.webhook = Some(Webhook::new("http://127.0.0.1:9/hook", secret).unwrap());
        change(&mut settings);
        let kept = Arc::new(Kept::default());
        let app = App {
            settings: Arc::new(settings),
            store,
            host: Still {
                now_ms: AtomicI64::new(NOW_MS),
                drawn: AtomicU64::new(1),
                posted: Mutex::default(),
                answer: Mutex::new(Ok(200)),
            },
            rings: Arc::default(),
            policies: Arc::default(),
            feed: Arc::default(),
            throttle: Arc::default(),
            hooks: Arc::<Kept>::clone(&kept),
        };
        Self { app, kept }
    }

    fn caller(&self, user: &str) -> Caller {
        let key = SessionRef::Id(user.to_owned());
        done(self.app.store.caller(&key, NOW_MS)).unwrap().unwrap()
    }

    fn tenant(&self) -> String {
        let ann = self.caller("ann");
        done(create_tenant(&self.app, &ann, "Acme", None, &context()))
            .unwrap()
            .id
    }

    fn role(&self, tenant: &str, permission: &str) -> Result<Role, Error> {
        let new = RoleChange {
            name: Some(format!("with {permission}")),
            description: None,
            permissions: Some(vec![permission.to_owned()]),
        };
        done(create_role(
            &self.app,
            &self.caller("ann"),
            tenant,
            new,
            &context(),
        ))
    }

    fn kinds(&self) -> Vec<&'static str> {
        let kept = self.kept.0.lock().unwrap();
        kept.iter().map(|change| change.kind.as_str()).collect()
    }

    fn deliver(&self) -> Delivered {
        done(deliver(&self.app)).unwrap()
    }

    fn wait(&self, ms: i64) {
        self.app.host.now_ms.fetch_add(ms, Ordering::Relaxed);
    }

    fn answers(&self, answer: Result<u16, String>) {
        *self.app.host.answer.lock().unwrap() = answer;
    }
}

fn context() -> Context {
    Context {
        started_ms: NOW_MS,
        ..Context::default()
    }
}

#[test]
fn a_hook_is_told_after_each_change_with_the_record_and_for_deletions_as_it_was() {
    let world = World::new(|_| ());
    let tenant = world.tenant();
    let role = world.role(&tenant, "doc:write").unwrap();
    let (app, ann) = (&world.app, || world.caller("ann"));
    let member = done(tenants::add_member(
        app,
        &ann(),
        &tenant,
        "bob",
        false,
        &context(),
    ))
    .unwrap();
    for _ in 0..2 {
        done(assign(
            app,
            &ann(),
            &tenant,
            &member.id,
            &role.id,
            &context(),
        ))
        .unwrap();
    }
    let change = RoleChange {
        permissions: Some(vec!["doc:read".into()]),
        ..RoleChange::default()
    };
    let changed = done(update_role(
        app,
        &ann(),
        &tenant,
        &role.id,
        change,
        &context(),
    ))
    .unwrap();
    let deleted = done(delete_role(app, &ann(), &tenant, &role.id, &context())).unwrap();
    assert_eq!(changed, deleted);
    let expected = [
        "rbac.tenant.create",
        "rbac.role.create",
        "rbac.member.create",
        "rbac.member_role.create",
        "rbac.role.update",
        "rbac.role.delete",
    ];
    assert_eq!(world.kinds(), expected);
    let kept = world.kept.0.lock().unwrap();
    assert_eq!(kept[5].record, tenants::Record::Role(deleted));
    assert_eq!(
        (kept[5].user_id.as_str(), kept[5].tenant_id.as_ref()),
        ("ann", Some(&tenant))
    );
}

#[test]
fn nobody_is_told_of_what_was_refused() {
    let world = World::new(|_| ());
    let tenant = world.tenant();
    let bob = world.caller("bob");
    let new = RoleChange::default();
    let refused = done(create_role(&world.app, &bob, &tenant, new, &context())).unwrap_err();
    assert!(matches!(
        refused,
        Error::Denied(Denied::Tenants(Refused::NoTenant))
    ));
    assert!(world.role(&tenant, "no:such").is_err());
    assert_eq!(world.kinds(), ["rbac.tenant.create"]);
    assert_eq!(
        count(&world.app.store, "SELECT count(*) FROM tenant_change"),
        1
    );
}

#[test]
fn an_owner_hands_on_any_permission_or_where_the_operator_says_so_only_its_own() {
    let world = World::new(|_| ());
    let tenant = world.tenant();
    assert!(world.role(&tenant, "doc:write").is_ok());
    let world = World::new(|settings| settings.rbac.set_owners_grant("held").unwrap());
    let tenant = world.tenant();
    let refused = world.role(&tenant, "doc:write").unwrap_err();
    let Error::Denied(Denied::Tenants(Refused::NotHeld(name))) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(name, "doc:write");
    assert!(world.role(&tenant, "doc:read").is_ok());
}

#[test]
fn a_change_is_told_once_when_the_receiver_takes_it() {
    let world = World::new(|_| ());
    world.tenant();
    assert_eq!(world.deliver(), Delivered { told: 1, failed: 0 });
    world.wait(86_400_000);
    assert_eq!(world.deliver(), Delivered::default());
    assert_eq!(world.app.host.posted.lock().unwrap().len(), 1);
}

#[test]
fn a_change_that_fails_is_told_later_and_later_with_the_same_id_and_body_and_at_last_no_more() {
    let world = World::new(|_| ());
    world.tenant();
    world.answers(Err("no answer".into()));
    let failed = Delivered { told: 0, failed: 1 };
    let mut wait_ms = 5_000;
    for attempt in 1..=16 {
        assert_eq!(world.deliver(), failed, "attempt {attempt}");
        world.answers(Ok(if attempt % 2 == 0 { 500 } else { 302 }));
        world.wait(wait_ms - 1);
        assert_eq!(
            world.deliver(),
            Delivered::default(),
            "too early after {attempt}"
        );
        world.wait(1);
        wait_ms = (wait_ms * 2).min(21_600_000);
    }
    world.wait(30 * 86_400_000);
    assert_eq!(world.deliver(), Delivered::default());
    let rows = query(
        &world.app.store,
        "SELECT last_error, attempts FROM tenant_change",
    );
    assert_eq!(rows[0].text("last_error").unwrap(), "status 302");
    assert_eq!(rows[0].integer("attempts").unwrap(), 16);
    let posted = world.app.host.posted.lock().unwrap();
    let header = |index: usize, name: &str| {
        let headers = &posted[index].headers;
        headers
            .iter()
            .find(|(known, _)| *known == name)
            .unwrap()
            .1
            .clone()
    };
    assert_eq!(posted.len(), 16);
    assert_eq!(posted[0].body, posted[15].body);
    assert_eq!(header(0, "webhook-id"), header(15, "webhook-id"));
    assert_ne!(
        header(0, "webhook-timestamp"),
        header(15, "webhook-timestamp")
    );
    assert_ne!(
        header(0, "webhook-signature"),
        header(15, "webhook-signature")
    );
}

#[test]
fn a_host_that_ends_while_it_tells_leaves_the_change_to_another() {
    let world = World::new(|_| ());
    world.tenant();
    let store = &world.app.store;
    let taken = done(tenants::TenantStore::take_changes(
        store,
        NOW_MS,
        NOW_MS + 120_000,
        9,
    ));
    assert_eq!(taken.unwrap().len(), 1);
    world.wait(119_999);
    assert_eq!(world.deliver(), Delivered::default());
    world.wait(1);
    assert_eq!(world.deliver(), Delivered { told: 1, failed: 0 });
}

#[test]
fn without_a_webhook_nothing_waits_to_be_told() {
    let world = World::new(|settings| settings.webhook = None);
    world.tenant();
    assert_eq!(
        count(&world.app.store, "SELECT count(*) FROM tenant_change"),
        0
    );
    assert_eq!(world.deliver(), Delivered::default());
    assert_eq!(world.kinds(), ["rbac.tenant.create"]);
}
