//! How long native decisions take: role tables, teams, tenants, conditions, each also 30 and 1,000
//! times as large, since none of it should matter.
//!
//! Prints nanoseconds a call, the median of the rounds; with `BENCH_OUT`, writes them there as JSON.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measurement reads the clock and stops when it can't go on"
)]

use std::fmt::Write as _;
use std::hint::black_box;
use std::time::Instant;

use portcullis_core::decide::{
    Directory, Grant, Membership, Principal, Query, RawScope, Request, Subject, TenantRole, check,
    decide, decide_within, explain,
};
use portcullis_core::policy::{Policy, toml};
use portcullis_core::time::UnixSecs;

const ROUNDS: usize = 15;
const NOW: UnixSecs = UnixSecs::new(1_800_000_000);

type Figures = Vec<(String, f64)>;

/// What is asked of whom.
struct Case<'a> {
    title: String,
    policy: &'a Policy,
    principal: Principal,
    request: Request,
    is_allowed: bool,
}

fn main() {
    let naval = toml::parse(include_str!("../../../policies/naval-unit.toml")).unwrap();
    let field = toml::parse(include_str!("../../../policies/field-ops.toml")).unwrap();
    let mut figures = Figures::new();
    for (grants, what) in [("executive", "allowed"), ("quartermaster", "denied")] {
        measure(
            &mut figures,
            &Case {
                title: format!("five roles, {what}"),
                policy: &naval,
                principal: holding([grants.to_string()]),
                request: at("report:run", ""),
                is_allowed: what == "allowed",
            },
        );
    }
    for times in [1, 30, 1000] {
        sized(&mut figures, &field, times);
    }
    for (name, nanoseconds) in &figures {
        println!("  {name:<58} {nanoseconds:>10.1} ns");
    }
    if let Some(path) = std::env::var_os("BENCH_OUT") {
        let members: serde_json::Map<String, serde_json::Value> = figures
            .into_iter()
            .map(|(name, ns)| (name, ns.into()))
            .collect();
        let json = serde_json::json!({ "host": "native", "nanoseconds": members });
        std::fs::write(path, json.to_string()).unwrap();
    }
}

/// A thousand teams in 50 states, a hundred tenants, five roles, a condition; all so many times.
fn sized(figures: &mut Figures, field: &Policy, times: usize) {
    let teams = 1000 * times;
    measure(
        figures,
        &Case {
            title: format!("{teams} teams"),
            policy: field,
            principal: holding(
                (0..teams).map(|n| format!("TEAM_MEMBER@state:s{}/team:t{n}", n % 50)),
            ),
            request: at("policy:ack", &format!("state:s12/team:t{}", teams / 2 + 12)),
            is_allowed: true,
        },
    );
    let roles = 5 * times;
    let many = role_table(roles);
    measure(
        figures,
        &Case {
            title: format!("{roles} roles"),
            policy: &many,
            principal: holding([format!("R{}", roles / 2)]),
            request: at("thing:p100", ""),
            is_allowed: true,
        },
    );
    let tenants = 100 * times;
    measure(
        figures,
        &Case {
            title: format!("{tenants} tenants"),
            policy: &many,
            principal: joined(tenants, if times < 1000 { 5 } else { 1 }),
            request: tenant(&format!("n{}", tenants / 2)),
            is_allowed: true,
        },
    );
    for (owner, what) in [("u", "allowed"), ("w", "denied")] {
        let mut principal = joined(tenants, 1);
        principal.grants.push(Grant::parse("R1@org:elsewhere"));
        measure(
            figures,
            &Case {
                title: format!("owner or admin, {tenants} tenants, {what}"),
                policy: &many,
                principal,
                request: record(owner),
                is_allowed: owner == "u",
            },
        );
    }
}

/// 200 permissions, tenants, and records that their owner and administrators may change.
fn role_table(roles: usize) -> Policy {
    let mut text = String::from("name = \"large\"\nscopes = [\"org\"]\n");
    for n in 0..roles {
        let _ = writeln!(text, "[roles.R{n}]");
    }
    text.push_str("[permissions]\n");
    for n in 0..200 {
        let role = if n == 100 { roles / 2 } else { n % roles };
        let _ = writeln!(text, "\"thing:p{n}\" = [\"R{role}\"]");
    }
    text.push_str(
        "[tenants]\nlevel = \"org\"\n[auth]\nlevel = \"string\"\n[resources.post]\nscope = { org = \"org_id\" }\n\
         [resources.post.fields]\nowner_id = \"string\"\norg_id = \"string\"\nlocked = \"bool\"\n\
         [[rules]]\nname = \"owner-or-admin\"\neffect = \"allow\"\nresource = \"post\"\n\
         when = \"record.owner_id == auth.id || auth.level == 'admin'\"\n",
    );
    toml::parse(&text).unwrap()
}

fn holding(grants: impl IntoIterator<Item = String>) -> Principal {
    Principal {
        id: "u".into(),
        grants: grants
            .into_iter()
            .map(|grant| Grant::parse(&grant))
            .collect(),
        ..Principal::default()
    }
}

/// In so many tenants, with so many roles of 40 permissions in each.
fn joined(tenants: usize, roles: usize) -> Principal {
    let role = |n: usize| TenantRole {
        name: format!("role{n}"),
        permissions: (0..if roles == 1 { 4 } else { 40 })
            .map(|p| format!("thing:p{}", (p * 5 + n + 1) % 200))
            .chain((n == 0).then(|| "thing:p7".to_string()))
            .collect(),
    };
    Principal {
        tenants: (0..tenants)
            .map(|n| Membership {
                id: format!("n{n}"),
                owner: false,
                roles: (0..roles).map(role).collect(),
            })
            .collect(),
        ..holding([])
    }
}

fn at(permission: &str, scope: &str) -> Request {
    Request::permission(permission.into(), RawScope::Text(scope.into()))
}

fn tenant(id: &str) -> Request {
    Request {
        permission: Some("thing:p7".into()),
        tenant: Some(id.into()),
        ..Request::default()
    }
}

fn record(owner: &str) -> Request {
    let record = serde_json::json!({"owner_id": owner, "org_id": "n7", "locked": false});
    Request {
        permission: Some("post:update".into()),
        record: record.as_object().cloned(),
        ..Request::default()
    }
}

fn measure(figures: &mut Figures, case: &Case<'_>) {
    let Case {
        policy, request, ..
    } = case;
    let subject = Subject::compile(policy, &case.principal);
    let directory = Directory::open();
    let query = Query::resolve(policy, request, &directory).unwrap();
    let Query::Permission(resolved) = &query else {
        return;
    };
    let reach = subject.reach(policy, &resolved.scope);
    assert_eq!(
        decide(policy, &subject, &query, NOW).is_allowed(),
        case.is_allowed,
        "{}",
        case.title
    );
    let mut add = |what: &str, calls: u32, call: &mut dyn FnMut() -> bool| {
        figures.push((format!("{}: {what}", case.title), median(calls, call)));
    };
    if resolved.record.is_none() {
        add("decide_within", 200_000, &mut || {
            decide_within(
                policy,
                black_box(&subject),
                resolved.id,
                black_box(&reach),
                NOW,
            )
            .is_allowed()
        });
    }
    add("decide", 200_000, &mut || {
        decide(policy, black_box(&subject), black_box(&query), NOW).is_allowed()
    });
    add("check, from the words of a request", 50_000, &mut || {
        let request = black_box(request);
        check(policy, black_box(&subject), request, &directory, NOW).is_allowed()
    });
    add("explain", 2_000, &mut || {
        let request = black_box(request);
        explain(policy, black_box(&subject), request, &directory, NOW).allow
    });
}

fn median(calls: u32, call: &mut dyn FnMut() -> bool) -> f64 {
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..calls {
                black_box(call());
            }
            start.elapsed().as_secs_f64() * 1e9 / f64::from(calls)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds.get(ROUNDS / 2).copied().unwrap_or_default()
}
