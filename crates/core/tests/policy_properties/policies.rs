//! Policies made from random bytes, and the TOML of a document.

use portcullis_core::policy::{
    AppDocument, AttributeDocument, Document, FORMAT, FieldDocument, LevelDocument,
    PermissionDocument, ResourceDocument, RoleDocument, RuleDocument, ScopeDocument,
    TenantsDocument, TierDocument,
};

/// Choices made by bytes; when they run out, the first choice.
pub(crate) struct Choices<'b>(pub(crate) &'b [u8]);

impl Choices<'_> {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        let Some((first, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        usize::from(*first) % bound
    }

    pub(crate) fn one<'c>(&mut self, of: &[&'c str]) -> &'c str {
        of[self.below(of.len())]
    }

    /// Some of these, in their order, none twice.
    pub(crate) fn some(&mut self, of: &[&str]) -> Vec<String> {
        let chosen = of.iter().filter(|_| self.below(2) == 1);
        chosen.map(|name| (*name).to_owned()).collect()
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        (self.below(2) == 1).then(|| make(self))
    }

    fn text(&mut self) -> String {
        self.one(&["", "A label", "ä \"quoted\" \\ text\n", "'''"])
            .to_owned()
    }
}

pub(crate) const LEVELS: [&str; 2] = ["region", "ward"];
pub(crate) const ROLES: [&str; 5] = ["R0", "R1", "R2", "R3", "R4"];
pub(crate) const TIERS: [&str; 2] = ["low", "high"];
pub(crate) const PERMISSIONS: [&str; 5] = ["a:x", "a:y", "doc:read", "doc:update", "doc:purge"];
const MANAGES: [&str; 5] = ["", "none", "below", "equal", "any"];
const CONDITIONS: [&str; 6] = [
    "true",
    "record.owner == auth.id",
    "auth.age >= 18",
    "request.reason == 'audit' || record.open",
    "has(record.owner) && !(record.owner in auth.teams)",
    "record.size > 3",
];

/// A policy that compiles.
pub(crate) fn sound(choices: &mut Choices<'_>) -> Document {
    let permissions = choices
        .some(&PERMISSIONS)
        .into_iter()
        .map(|name| PermissionDocument {
            name,
            label: choices.text(),
            roles: choices.some(&ROLES),
            tier: choices.maybe(|choices| choices.one(&TIERS).to_owned()),
            at: None,
        });
    Document {
        permissions: permissions.collect(),
        format: FORMAT.into(),
        name: "p".into(),
        version: choices.text(),
        scopes: LEVELS
            .map(|name| ScopeDocument {
                name: name.into(),
                at: None,
            })
            .into(),
        roles: (0..ROLES.len()).map(|at| role(at, choices)).collect(),
        tiers: TIERS.map(|name| tier(name, choices)).into(),
        default_tier: Some(choices.one(&TIERS).into()),
        apps: vec![AppDocument {
            name: "mail".into(),
            label: choices.text(),
            tier: choices.one(&TIERS).into(),
            at: None,
        }],
        tenants: choices.maybe(|choices| TenantsDocument {
            level: choices.one(&LEVELS).into(),
            owner: choices.some(&["doc:read", "doc:update"]),
            member: choices.some(&["doc:read", "doc:update"]),
            at: None,
        }),
        auth: vec![attribute("age", "int"), attribute("teams", "list<string>")],
        context: vec![attribute("reason", "string")],
        resources: vec![resource(choices)],
        rules: (0..choices.below(4)).map(|at| rule(at, choices)).collect(),
        reduced: false,
    }
}

fn role(at: usize, choices: &mut Choices<'_>) -> RoleDocument {
    RoleDocument {
        name: ROLES[at].into(),
        label: choices.text(),
        level: u32::try_from(choices.below(3)).unwrap(),
        grant_at: choices.maybe(|choices| choices.some(&["global", "region", "ward"])),
        manages: choices.one(&MANAGES).into(),
        inherits: choices.some(&ROLES[..at]),
        superuser_at: (choices.below(5) == 4).then(|| choices.one(&LEVELS).into()),
        at: None,
    }
}

fn tier(name: &str, choices: &mut Choices<'_>) -> TierDocument {
    TierDocument {
        name: name.into(),
        label: choices.text(),
        at: None,
    }
}

fn attribute(name: &str, kind: &str) -> AttributeDocument {
    AttributeDocument {
        name: name.into(),
        kind: kind.into(),
        at: None,
    }
}

fn resource(choices: &mut Choices<'_>) -> ResourceDocument {
    let field = |name: &str, kind: &str, default: Option<&str>| FieldDocument {
        name: name.into(),
        kind: kind.into(),
        default: default.map(Into::into),
        at: None,
    };
    ResourceDocument {
        name: "doc".into(),
        label: choices.text(),
        table: choices.one(&["", "documents"]).into(),
        actions: choices.maybe(|_| vec!["read".into(), "update".into()]),
        scope: if choices.below(2) == 1 {
            vec![LevelDocument {
                level: "ward".into(),
                field: "ward_id".into(),
            }]
        } else {
            Vec::new()
        },
        fields: vec![
            field("owner", "string", Some("auth.id")),
            field("open", "bool", Some("false")),
            field("size", "int", None),
            field("ward_id", "string", None),
        ],
        at: None,
    }
}

fn rule(at: usize, choices: &mut Choices<'_>) -> RuleDocument {
    RuleDocument {
        name: format!("rule{at}"),
        effect: choices.one(&["allow", "allow", "deny"]).into(),
        resource: "doc".into(),
        actions: choices.maybe(|choices| choices.some(&["read", "update"])),
        when: choices.maybe(|choices| choices.one(&CONDITIONS).into()),
        fields: choices.maybe(|choices| choices.some(&["owner", "open", "size"])),
        roles: choices.maybe(|choices| choices.some(&ROLES)),
        tier: choices.maybe(|choices| choices.one(&TIERS).into()),
        message: choices.text(),
        at: None,
        when_at: None,
    }
}

/// The document with some of its names and texts replaced by others, so that it may not compile.
pub(crate) fn spoilt(document: &Document, choices: &mut Choices<'_>) -> String {
    const WRONG: [&str; 12] = [
        "R0",
        "R4",
        "doc",
        "ward",
        "global",
        "",
        "id",
        "time",
        "a:x",
        "list<int>",
        "record.owner == 1",
        "ä",
    ];
    let json = document.to_json();
    let parts: Vec<_> = json.split('"').collect();
    let mut spoilt = String::new();
    let changed = [
        choices.below(250),
        choices.below(250) + 150,
        choices.below(250) + 400,
    ];
    for (at, part) in parts.iter().enumerate() {
        let replaced = at % 2 == 1 && changed.contains(&at) && parts.get(at + 1) != Some(&":");
        spoilt.push_str(if replaced { choices.one(&WRONG) } else { part });
        if at + 1 < parts.len() {
            spoilt.push('"');
        }
    }
    spoilt
}

/// The document as a policy file.
pub(crate) fn toml_of(document: &Document) -> String {
    let mut lines = vec![
        format!("name = {}", text(&document.name)),
        format!("version = {}", text(&document.version)),
        format!(
            "scopes = {}",
            list(document.scopes.iter().map(|scope| &scope.name))
        ),
    ];
    lines.extend(
        document
            .default_tier
            .iter()
            .map(|tier| format!("default_tier = {}", text(tier))),
    );
    for role in &document.roles {
        lines.push(format!(
            "[roles.{}]\nlabel = {}",
            text(&role.name),
            text(&role.label)
        ));
        lines.push(format!(
            "level = {}\ninherits = {}",
            role.level,
            list(&role.inherits)
        ));
        if !role.manages.is_empty() {
            lines.push(format!("manages = {}", text(&role.manages)));
        }
        lines.extend(
            role.grant_at
                .iter()
                .map(|levels| format!("grant_at = {}", list(levels))),
        );
        lines.extend(
            role.superuser_at
                .iter()
                .map(|level| format!("superuser_at = {}", text(level))),
        );
    }
    lines.push("[permissions]".into());
    for one in &document.permissions {
        let tier = one
            .tier
            .iter()
            .map(|tier| format!(", tier = {}", text(tier)));
        lines.push(format!(
            "{} = {{ roles = {}, label = {}{} }}",
            text(&one.name),
            list(&one.roles),
            text(&one.label),
            tier.collect::<String>()
        ));
    }
    for tier in &document.tiers {
        lines.push(format!(
            "[[tiers]]\nname = {}\nlabel = {}",
            text(&tier.name),
            text(&tier.label)
        ));
    }
    lines.push("[apps]".into());
    for app in &document.apps {
        let (tier, label) = (text(&app.tier), text(&app.label));
        lines.push(format!(
            "{} = {{ tier = {tier}, label = {label} }}",
            text(&app.name)
        ));
    }
    data_sections(document, &mut lines);
    lines.join("\n") + "\n"
}

fn data_sections(document: &Document, lines: &mut Vec<String>) {
    if let Some(tenants) = &document.tenants {
        let (owner, member) = (list(&tenants.owner), list(&tenants.member));
        lines.push(format!(
            "[tenants]\nlevel = {}\nowner = {owner}\nmember = {member}",
            text(&tenants.level)
        ));
    }
    for (section, attributes) in [("auth", &document.auth), ("context", &document.context)] {
        lines.push(format!("[{section}]"));
        let pairs = attributes
            .iter()
            .map(|one| format!("{} = {}", text(&one.name), text(&one.kind)));
        lines.extend(pairs);
    }
    for one in &document.resources {
        lines.push(format!(
            "[resources.{}]\nlabel = {}",
            text(&one.name),
            text(&one.label)
        ));
        lines.push(format!("table = {}", text(&one.table)));
        lines.extend(
            one.actions
                .iter()
                .map(|actions| format!("actions = {}", list(actions))),
        );
        let scope = one
            .scope
            .iter()
            .map(|one| format!("{} = {}", text(&one.level), text(&one.field)));
        lines.push(format!(
            "scope = {{ {} }}",
            scope.collect::<Vec<_>>().join(", ")
        ));
        lines.push(format!("[resources.{}.fields]", text(&one.name)));
        for field in &one.fields {
            let default = field
                .default
                .iter()
                .map(|default| format!(", default = {}", text(default)));
            let default: String = default.collect();
            lines.push(format!(
                "{} = {{ type = {}{default} }}",
                text(&field.name),
                text(&field.kind)
            ));
        }
    }
    for rule in &document.rules {
        lines.push(format!("[[rules]]\nname = {}", text(&rule.name)));
        lines.push(format!(
            "effect = {}\nresource = {}",
            text(&rule.effect),
            text(&rule.resource)
        ));
        lines.push(format!("message = {}", text(&rule.message)));
        let lists = [
            ("actions", &rule.actions),
            ("fields", &rule.fields),
            ("roles", &rule.roles),
        ];
        let lists = lists
            .iter()
            .filter_map(|(key, names)| Some((key, names.as_ref()?)));
        lines.extend(lists.map(|(key, names)| format!("{key} = {}", list(names))));
        lines.extend(
            rule.when
                .iter()
                .map(|when| format!("when = {}", text(when))),
        );
        lines.extend(
            rule.tier
                .iter()
                .map(|tier| format!("tier = {}", text(tier))),
        );
    }
}

fn list<'n>(names: impl IntoIterator<Item = &'n String>) -> String {
    let names: Vec<_> = names.into_iter().map(|name| text(name)).collect();
    format!("[{}]", names.join(", "))
}

fn text(text: &str) -> String {
    let escaped = text
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
        .replace('\n', "\\n");
    format!("\"{escaped}\"")
}
