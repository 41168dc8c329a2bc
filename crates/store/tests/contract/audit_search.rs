//! Searches of the audit log: they find what looking at every record finds, in order, by an index.

use portcullis_service::audit::{Action, AuditLog, Filter, Place};
use portcullis_service::{AuditEvent, AuditStatus, Store};
use portcullis_store::audit::search::search;
use portcullis_store::{Driver, Row, Statement};
use serde_json::json;

use crate::support::{NOW_MS, TestStore, audit_log, done, event, store};

const ACTIONS: [&str; 6] = [
    "auth.login",
    "auth.logout",
    "auth.login.again",
    "authz.ask",
    "user.ban",
    "pin.reveal",
];

/// Records of every kind; some of the same time, and some written late.
fn filled(count: i64) -> TestStore {
    let store = store();
    let mut state = 7_u64;
    let mut draw = |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 33) % below
    };
    for number in 0..count {
        let user = ["ann", "bob", "operator"][usize::try_from(draw(3)).unwrap()];
        let action = ACTIONS[usize::try_from(draw(6)).unwrap()];
        let fields = match draw(4) {
            0 => json!({ "by": "operator" }),
            1 => json!({ "by": "bob", "role": "X" }),
            2 => json!({ "act": "service:bot" }),
            _ => json!({}),
        };
        let one = AuditEvent {
            at_ms: NOW_MS + number / 3 * 10 - i64::try_from(draw(50)).unwrap(),
            status: if draw(3) == 0 {
                AuditStatus::Fail
            } else {
                AuditStatus::Ok
            },
            user_id: (draw(8) > 0).then(|| user.to_owned()),
            request_id: format!("r{}", draw(40)),
            fields: fields.as_object().unwrap().clone(),
            ..event(action, None)
        };
        done(store.record(&one)).unwrap();
    }
    store
}

fn actor(event: &AuditEvent) -> Option<&str> {
    let named = |name| event.fields.get(name).and_then(|value| value.as_str());
    named("by")
        .or_else(|| named("act"))
        .or(event.user_id.as_deref())
}

fn finds(filter: &Filter, event: &AuditEvent) -> bool {
    let is = |wanted: &Option<String>, found: Option<&str>| {
        wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
    };
    is(&filter.actor, actor(event))
        && is(&filter.subject, event.user_id.as_deref())
        && is(&filter.request_id, Some(&event.request_id))
        && filter.from_ms.is_none_or(|from_ms| event.at_ms >= from_ms)
        && filter.to_ms.is_none_or(|to_ms| event.at_ms < to_ms)
        && filter.status.is_none_or(|status| event.status == status)
        && filter.action.as_ref().is_none_or(|action| match action {
            Action::Is(name) => event.action == *name,
            Action::Begins(start) => event.action.starts_with(start.as_str()),
        })
}

/// Every combination of what may be asked for.
fn filters() -> Vec<Filter> {
    let mut all = vec![Filter::default()];
    let mut with = |change: &dyn Fn(&mut Filter)| {
        let changed: Vec<Filter> = all
            .iter()
            .cloned()
            .map(|mut filter| {
                change(&mut filter);
                filter
            })
            .collect();
        all.extend(changed);
    };
    with(&|filter| filter.actor = Some("bob".into()));
    with(&|filter| filter.subject = Some("ann".into()));
    with(&|filter| filter.status = Some(AuditStatus::Fail));
    with(&|filter| filter.from_ms = Some(NOW_MS + 60));
    with(&|filter| filter.to_ms = Some(NOW_MS + 400));
    with(&|filter| filter.request_id = Some("r7".into()));
    let mut with_actions = Vec::new();
    for action in ["auth.", "auth.login", "auth.login.", "nothing."] {
        with_actions.extend(all.iter().cloned().map(|filter| Filter {
            action: Some(Action::parse(action)),
            ..filter
        }));
    }
    all.extend(with_actions);
    all.push(Filter {
        actor: Some("operator".into()),
        ..Filter::default()
    });
    all.push(Filter {
        actor: Some("service:bot".into()),
        ..Filter::default()
    });
    all.push(Filter {
        status: Some(AuditStatus::Ok),
        ..Filter::default()
    });
    all
}

#[test]
fn every_search_finds_what_looking_at_every_record_finds_in_order() {
    let store = filled(150);
    let all = audit_log(&store);
    let mut found_some = 0;
    for filter in filters() {
        let mut expected: Vec<&AuditEvent> = all.iter().filter(|one| finds(&filter, one)).collect();
        expected.sort_by_key(|one| core::cmp::Reverse((one.at_ms, one.id)));
        let expected: Vec<i64> = expected.iter().map(|one| one.id).collect();
        let found = done(store.search_audit(&filter, None, 1000)).unwrap();
        let found: Vec<i64> = found.iter().map(|one| one.id).collect();
        assert_eq!(found, expected, "{filter:?}");
        found_some += usize::from(!found.is_empty());
    }
    assert!(found_some > 100, "{found_some}");
}

#[test]
fn pages_follow_each_other_without_gap_or_overlap_also_within_one_time() {
    let store = filled(100);
    for filter in [
        Filter::default(),
        Filter {
            actor: Some("bob".into()),
            ..Filter::default()
        },
        Filter {
            action: Some(Action::parse("auth.")),
            ..Filter::default()
        },
        Filter {
            status: Some(AuditStatus::Fail),
            ..Filter::default()
        },
    ] {
        let whole = done(store.search_audit(&filter, None, 1000)).unwrap();
        let (mut pages, mut before) = (Vec::new(), None);
        loop {
            let page = done(store.search_audit(&filter, before, 3)).unwrap();
            let Some(last) = page.last() else { break };
            before = Some(Place::of(last));
            pages.extend(page);
        }
        assert_eq!(pages, whole, "{filter:?}");
        assert!(whole.len() > 6, "{filter:?}");
    }
}

#[test]
fn no_search_reads_the_log_from_end_to_end() {
    let store = filled(1);
    for filter in filters() {
        let statement = search(
            &filter,
            Some(Place {
                at_ms: NOW_MS,
                id: 9,
            }),
            50,
        );
        let explain = Statement::new(
            format!("EXPLAIN QUERY PLAN {}", statement.sql()),
            statement.params().to_vec(),
        );
        let plan: Vec<Row> = done(store.driver().query(explain)).unwrap();
        let plan: Vec<String> = plan.iter().map(|row| row.text("detail").unwrap()).collect();
        let plan = plan.join("; ");
        assert!(
            plan.contains("USING INDEX audit_") || plan.contains("USING COVERING INDEX audit_"),
            "{filter:?}: {plan}"
        );
        assert!(
            !plan.contains("SCAN audit") || plan.contains("SCAN audit USING"),
            "{filter:?}: {plan}"
        );
        // What is sorted is a page, or the few records of one request.
        let sorts = filter.actor.is_some()
            || filter.request_id.is_some()
            || matches!(filter.action, Some(Action::Begins(_)));
        assert!(sorts || !plan.contains("TEMP B-TREE"), "{filter:?}: {plan}");
    }
}
