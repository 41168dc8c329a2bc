//! Tiers, and when what is known of a principal ends.

use crate::*;

#[test]
fn a_principal_without_a_tier_has_the_default_one() {
    let policy = toml::parse(RELEASE_TIERS).unwrap();
    assert!(told(&policy, &holding(&[]), &app("calendar")).allow);
    let denied = told(&policy, &holding(&[]), &app("whiteboard"));
    assert_eq!(denied.code, Code::TierTooLow);
    assert_eq!(
        denied.message,
        "Whiteboard needs the tier Beta tester; yours is Public"
    );
    assert_eq!(
        denied.missing,
        [[Change::Tier {
            tier: "beta".into()
        }]]
    );
}

#[test]
fn a_tier_that_the_policy_does_not_know_opens_nothing() {
    let policy = toml::parse(RELEASE_TIERS).unwrap();
    let principal = Principal {
        tier: Some("emperor".into()),
        ..holding(&["admin"])
    };
    let code = |request: &Request| told(&policy, &principal, request).code;
    assert_eq!(code(&app("welcome")), Code::PrincipalTierUnknown);
    assert_eq!(code(&at("feedback:send", "")), Code::PrincipalTierUnknown);
    assert_eq!(code(&at("tier:set", "")), Code::RoleGranted);
}

#[test]
fn a_permission_with_a_tier_needs_the_role_and_the_tier() {
    let policy = toml::parse(RELEASE_TIERS).unwrap();
    let request = at("feedback:send", "");
    let low = told(&policy, &holding(&["member"]), &request);
    assert_eq!(low.code, Code::TierTooLow);
    assert_eq!(
        low.missing,
        [[Change::Tier {
            tier: "beta".into()
        }]]
    );
    let neither = told(&policy, &holding(&[]), &request);
    assert!(neither.missing.iter().all(|set| set.len() == 2));
    let both = Principal {
        tier: Some("beta".into()),
        ..holding(&["member"])
    };
    assert_eq!(told(&policy, &both, &request).code, Code::RoleGranted);
}

#[test]
fn an_expired_principal_is_denied_from_the_second_of_its_expiry_on() {
    let policy = toml::parse(FIELD_OPS).unwrap();
    let until = |expires| Principal {
        expires_secs: Some(expires),
        ..holding(&["NATIONAL_ADMIN"])
    };
    let request = at("pin:reveal", "");
    assert!(told(&policy, &until(NOW.as_secs() + 1), &request).allow);
    let denied = told(&policy, &until(NOW.as_secs()), &request);
    assert_eq!(denied.code, Code::PrincipalExpired);
    assert_eq!(denied.missing, [[Change::Renew]]);
}
