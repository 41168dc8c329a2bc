//! What holds for every policy, principal and request.

use std::collections::BTreeSet;

use portcullis_core::decide::{Query, carriers, decide_within, effective_permissions};
use proptest::prelude::*;

use crate::random::{Dice, policy, somebody, something};
use crate::search::Search;
use crate::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn decisions_are_those_of_a_second_reading_of_the_language(seed: u64) {
        let mut dice = Dice(seed);
        let policy = policy(&mut dice, false);
        for _ in 0..20 {
            let who = somebody(&mut dice);
            let what = something(&mut dice, &policy, true);
            let Ok(Query::Permission(query)) = Query::resolve(&policy, &what, &Directory::open()) else {
                continue;
            };
            let search = Search { policy: &policy, query: &query };
            prop_assert_eq!(told(&policy, &who, &what).allow, search.allows(&who, &[]), "{:?} {:?}", who, what);
        }
    }

    #[test]
    fn a_reach_answers_as_a_request_for_the_scope_alone(seed: u64) {
        let mut dice = Dice(seed);
        let policy = policy(&mut dice, false);
        let subject = Subject::compile(&policy, &somebody(&mut dice));
        for place in ["", "a:1", "a:1/b:1", "b:1", "a:2/b:2"] {
            let scope = portcullis_core::decide::ScopePath::parse_text(&policy, place).unwrap();
            let reach = subject.reach(&policy, &scope);
            let effective = effective_permissions(&policy, &subject, &scope, NOW);
            for (id, permission) in (0..).zip(policy.permissions()) {
                let verdict = check(&policy, &subject, &at(&permission.name, place), &Directory::open(), NOW);
                prop_assert_eq!(decide_within(&policy, &subject, id, &reach, NOW), verdict);
                let known = reach.code(&policy, &subject, id);
                if let Some(code) = known && !subject.is_expired(NOW) {
                    prop_assert_eq!(code, verdict.code, "{}", permission.name);
                }
                let listed = effective.iter().find(|one| one.permission == id);
                match listed {
                    Some(one) => prop_assert!(one.code.is_none_or(|code| code == verdict.code)),
                    None => prop_assert!(!verdict.is_allowed(), "{} at {}", permission.name, place),
                }
            }
        }
    }

    #[test]
    fn who_is_allowed_is_among_the_carriers(seed: u64) {
        let mut dice = Dice(seed);
        let policy = policy(&mut dice, false);
        let who = somebody(&mut dice);
        let subject = Subject::compile(&policy, &who);
        let what = something(&mut dice, &policy, false);
        if let Ok(Query::Permission(query)) = Query::resolve(&policy, &what, &Directory::open()) {
            let found = carriers(&policy, query.id, &query.scope);
            let holds = who.grants.iter().any(|grant| {
                let id = policy.role_id(&grant.role).unwrap();
                let scope = portcullis_core::decide::ScopePath::parse(&policy, &grant.scope).unwrap();
                found.roles.contains(&(id, scope.depth()))
            });
            let joins = !who.tenants.is_empty() && (found.owner || found.member || found.tenant_role);
            let verdict = check(&policy, &subject, &what, &Directory::open(), NOW);
            prop_assert!(!verdict.is_allowed() || holds || joins || found.everyone);
        }
    }

    #[test]
    fn more_grants_never_turn_an_allow_into_a_deny_without_rules_that_deny(seed: u64) {
        let mut dice = Dice(seed);
        let policy = policy(&mut dice, true);
        let who = somebody(&mut dice);
        let what = something(&mut dice, &policy, true);
        if told(&policy, &who, &what).allow {
            let mut more = who.clone();
            more.grants.extend(somebody(&mut dice).grants);
            prop_assert!(told(&policy, &more, &what).allow, "{:?} {:?}", more, what);
        }
    }

    #[test]
    fn a_higher_tier_never_loses_an_app(seed: u64) {
        let mut dice = Dice(seed);
        let policy = policy(&mut dice, false);
        let mut who = somebody(&mut dice);
        let mut was_open = false;
        for tier in ["t0", "t1", "t2"] {
            who.tier = Some(tier.into());
            let is_open = told(&policy, &who, &app("lab")).allow;
            prop_assert!(is_open || !was_open);
            was_open = is_open;
        }
    }

    #[test]
    fn no_request_makes_it_panic(
        seed: u64,
        words in proptest::collection::vec("[a-z:/@ .0-9\u{0}-\u{7f}é]{0,12}", 8),
        bits: u16,
    ) {
        let mut dice = Dice(seed);
        let policy = policy(&mut dice, false);
        let word = |n: usize| (bits >> n & 1 == 1).then(|| words[n].clone());
        let value: serde_json::Map<String, serde_json::Value> =
            words.chunks(2).map(|pair| (pair[0].clone(), pair[1].clone().into())).collect();
        let what = Request {
            permission: word(0).map(|_| "doc:read".into()),
            scope: word(1).map(RawScope::Text),
            action: word(2),
            resource: word(3),
            tenant: word(4),
            record: word(5).map(|_| value.clone()),
            fields: word(6).map(|one| vec![one]),
            context: word(7).map(|_| value),
            target: (bits >> 8 & 1 == 1).then(|| portcullis_core::decide::Target {
                grants: words.iter().map(|one| Grant::parse(one)).collect(),
            }),
            app: None,
            tier: None,
        };
        let mut who = somebody(&mut dice);
        who.grants.extend(words.iter().map(|one| Grant::parse(one)));
        told(&policy, &who, &what);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    /// Every set is enough and smallest, and none of up to three changes is left out.
    #[test]
    fn what_is_missing_is_what_a_search_through_all_changes_finds(seed: u64) {
        const MOST: usize = 3;
        let mut dice = Dice(seed);
        let policy = policy(&mut dice, false);
        for _ in 0..4 {
            let who = somebody(&mut dice);
            let what = something(&mut dice, &policy, true);
            let Ok(Query::Permission(query)) = Query::resolve(&policy, &what, &Directory::open()) else {
                continue;
            };
            let told = told(&policy, &who, &what);
            if told.allow || !told.complete {
                continue;
            }
            let search = Search { policy: &policy, query: &query };
            for set in &told.missing {
                prop_assert!(search.is_smallest(&who, set), "{:?} for {:?} {:?}", set, who, what);
            }
            let mut sets = told.missing.clone();
            for set in &mut sets {
                set.sort();
            }
            let sets: BTreeSet<_> = sets.into_iter().collect();
            prop_assert_eq!(sets.len(), told.missing.len(), "no set is told twice");
            let small: BTreeSet<_> = sets.into_iter().filter(|set| set.len() <= MOST).collect();
            prop_assert_eq!(small, search.smallest(&who, MOST), "{:?} {:?}", who, what);
        }
    }
}
