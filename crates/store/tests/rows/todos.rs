//! A list of things to do, by tenant, whose members may each do something else.

use portcullis_core::condition::Datum;
use portcullis_core::decide::{Principal, Subject};
use portcullis_core::policy::{Policy, toml};
use portcullis_core::time::UnixSecs;
use portcullis_store::rows::{Page, Rows, Select, Where};
use serde_json::{Value, json};

use crate::support::Memory;

const TODOS: &str = r#"
name = "todos"
scopes = ["tenant"]
[roles.ADMIN]
[permissions]
"todo:read" = ["ADMIN"]
"todo:update" = ["ADMIN"]
"todo:delete" = ["ADMIN"]
"todo:create" = ["ADMIN"]
[tenants]
level = "tenant"
member = ["todo:read"]
[auth]
home = "string"
[resources.todo]
table = "todos"
scope = { tenant = "tenant_id" }
[resources.todo.fields]
id = "string"
tenant_id = { type = "string", default = "auth.home" }
owner_id = { type = "string", default = "auth.id" }
title = "string"
done = { type = "bool", default = "false" }
points = "int"
weight = "float"
labels = "list<string>"
note = "string"
secret = "string"
[[rules]]
name = "own"
effect = "allow"
resource = "todo"
actions = ["create", "update", "delete"]
when = "record.owner_id == auth.id && has(auth.home) && record.tenant_id == auth.home"
[[rules]]
name = "notes-are-the-owners"
effect = "deny"
resource = "todo"
actions = ["read"]
when = "record.owner_id != auth.id"
fields = ["note"]
[[rules]]
name = "secrets-are-nobodys"
effect = "deny"
resource = "todo"
fields = ["secret"]
[[rules]]
name = "done-is-done"
effect = "deny"
resource = "todo"
actions = ["update"]
when = "record.done && record.points != null"
"#;

const SCHEMA: &str = "CREATE TABLE todos (id TEXT PRIMARY KEY, tenant_id TEXT, owner_id TEXT, \
    title TEXT, done INTEGER, points INTEGER, weight REAL, labels TEXT, note TEXT, secret TEXT) STRICT; \
    INSERT INTO todos VALUES \
    ('1', 'x', 'ann', 'first', 0, NULL, NULL, '[\"a\"]', 'ann only', 's1'), \
    ('2', 'x', 'bob', 'second', 0, 9007199254740993, 0.1, '[\"a\",\"b\"]', 'bob only', 's2'), \
    ('3', 'y', 'eve', 'third', 1, 3, 2.5, NULL, 'eve only', 's3'), \
    ('4', NULL, 'ann', 'fourth', 0, 4, 4.0, '[]', 'ann only', 's4');";

pub(crate) struct World {
    pub(crate) policy: Policy,
    pub(crate) database: Memory,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            policy: toml::parse(TODOS).unwrap(),
            database: Memory::new(SCHEMA),
        }
    }

    pub(crate) fn subject(&self, principal: &Value) -> Subject {
        let principal: Principal = serde_json::from_value(principal.clone()).unwrap();
        Subject::compile(&self.policy, &principal)
    }

    /// A member of tenant x.
    pub(crate) fn ann(&self) -> Subject {
        self.subject(&json!({"id": "ann", "attributes": {"home": "x"}, "tenants": [{"id": "x"}]}))
    }

    pub(crate) fn rows<'a>(&'a self, subject: &'a Subject) -> Rows<'a, Memory> {
        Rows::bind(&self.database, &self.policy, subject, UnixSecs::new(1))
    }

    pub(crate) fn table(&self) -> Vec<Vec<String>> {
        self.database
            .cells("SELECT id, tenant_id, owner_id, title FROM todos ORDER BY id")
    }
}

pub(crate) fn text(text: &str) -> Datum {
    Datum::Text(text.to_owned())
}

pub(crate) fn ids(page: &Page) -> Vec<Datum> {
    let index = page.fields.iter().position(|field| field == "id").unwrap();
    page.rows.iter().map(|row| row[index].clone()).collect()
}

pub(crate) fn column(page: &Page, field: &str) -> Vec<Datum> {
    let index = page.fields.iter().position(|name| name == field).unwrap();
    page.rows.iter().map(|row| row[index].clone()).collect()
}

pub(crate) fn searched(filter: Where) -> Select {
    Select {
        filter,
        ..Select::default()
    }
}
