//! How long a native decision takes, on the five-role table and with a thousand teams.
//!
//! Prints nanoseconds a call, the median of the rounds; with `BENCH_OUT`, writes them there as JSON.
#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a measurement reads the clock and stops when it can't go on"
)]

use std::hint::black_box;
use std::time::Instant;

use portcullis_core::decide::{
    Directory, Grant, Principal, Query, RawScope, Request, Subject, check, decide, decide_within,
    explain,
};
use portcullis_core::policy::{Policy, toml};
use portcullis_core::time::UnixSecs;

const ROUNDS: usize = 15;
const CALLS: u32 = 200_000;
const NOW: UnixSecs = UnixSecs::new(1_800_000_000);

fn main() {
    let naval = toml::parse(include_str!("../../../policies/naval-unit.toml")).unwrap();
    let field = toml::parse(include_str!("../../../policies/field-ops.toml")).unwrap();
    let teams: Vec<String> = (0..1000)
        .map(|n| format!("TEAM_MEMBER@state:s{}/team:t{n}", n / 20))
        .collect();
    let mut figures = Vec::new();
    measure(
        &mut figures,
        "five roles",
        &naval,
        &["executive"],
        "report:run",
        "",
    );
    let everywhere: Vec<&str> = teams.iter().map(String::as_str).collect();
    let scope = "state:s25/team:t512";
    measure(
        &mut figures,
        "1,000 teams",
        &field,
        &everywhere,
        "policy:ack",
        scope,
    );
    for (name, nanoseconds) in &figures {
        println!("  {name:<44} {nanoseconds:>8.1} ns");
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

fn measure(
    figures: &mut Vec<(String, f64)>,
    title: &str,
    policy: &Policy,
    grants: &[&str],
    permission: &str,
    scope: &str,
) {
    let principal = Principal {
        id: "u".into(),
        grants: grants.iter().map(|grant| Grant::parse(grant)).collect(),
        ..Principal::default()
    };
    let subject = Subject::compile(policy, &principal);
    let request = Request::permission(permission.into(), RawScope::Text(scope.into()));
    let directory = Directory::open();
    let query = Query::resolve(policy, &request, &directory).unwrap();
    let Query::Permission { id, scope } = &query else {
        return;
    };
    let reach = subject.reach(policy, scope);
    assert!(decide(policy, &subject, &query, NOW).is_allowed());
    let mut add = |what: &str, call: &mut dyn FnMut() -> bool| {
        figures.push((format!("{title}: {what}"), median(call)));
    };
    add("decide_within", &mut || {
        decide_within(policy, black_box(&subject), *id, black_box(&reach), NOW).is_allowed()
    });
    add("decide", &mut || {
        decide(policy, black_box(&subject), black_box(&query), NOW).is_allowed()
    });
    add("check, from the words of a request", &mut || {
        check(
            policy,
            black_box(&subject),
            black_box(&request),
            &directory,
            NOW,
        )
        .is_allowed()
    });
    add("explain", &mut || {
        explain(
            policy,
            black_box(&subject),
            black_box(&request),
            &directory,
            NOW,
        )
        .allow
    });
}

fn median(call: &mut dyn FnMut() -> bool) -> f64 {
    let mut rounds: Vec<f64> = (0..ROUNDS)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..CALLS {
                black_box(call());
            }
            start.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    rounds.get(ROUNDS / 2).copied().unwrap_or_default()
}
