//! Claims about rotation, most of them told by a clock.

use super::*;
use crate::keyring::{GeneratedKey, Signer, jwks_json};
use crate::secret::Secrets;
use crate::testing::SeededEntropy;

const DAY: u64 = 86_400;
const START: u64 = 4_102_444_800; // 2100-01-01, beyond 32 bits

/// A ring that does what is planned, as a host would.
struct Ring {
    keys: Vec<KeyRecord>,
    policy: RotationPolicy,
    secrets: Secrets,
    entropy: SeededEntropy,
}

impl Ring {
    fn new() -> Self {
        Self {
            keys: Vec::new(),
            policy: RotationPolicy::default(),
            secrets: Secrets::parse("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa").unwrap(),
            entropy: SeededEntropy::new(5),
        }
    }

    fn add(&mut self, state: KeyState, created_secs: u64) -> String {
        let record = GeneratedKey::generate(&mut self.entropy)
            .unwrap()
            .into_record(state, created_secs, &self.secrets, &mut self.entropy)
            .unwrap();
        let kid = record.kid().to_owned();
        self.keys.push(record);
        kid
    }

    fn plan(&self, now_secs: u64) -> Vec<RotationStep> {
        plan_rotation(&self.keys, now_secs, &self.policy)
    }

    fn rotate(&mut self, now_secs: u64) -> Vec<RotationStep> {
        let steps = self.plan(now_secs);
        for step in &steps {
            self.apply(step, now_secs);
        }
        steps
    }

    fn apply(&mut self, step: &RotationStep, now_secs: u64) {
        match step {
            RotationStep::CreateActive => {
                let since_secs = now_secs;
                self.add(KeyState::Active { since_secs }, now_secs);
            }
            RotationStep::CreateNext => {
                self.add(KeyState::Next, now_secs);
            }
            RotationStep::Drop { kid } => self.keys.retain(|key| key.kid() != kid),
            RotationStep::Promote { next, retire } => {
                if let Some(kid) = retire {
                    self.change(kid, |key| key.retire(now_secs).unwrap());
                }
                self.change(next, |key| key.promote(now_secs).unwrap());
            }
            RotationStep::Retire { kid } => {
                self.change(kid, |key| key.retire(now_secs).unwrap());
            }
        }
    }

    fn change(&mut self, kid: &str, change: impl FnOnce(KeyRecord) -> KeyRecord) {
        let index = self.keys.iter().position(|key| key.kid() == kid).unwrap();
        let key = self.keys.remove(index);
        self.keys.push(change(key));
    }

    fn kids(&self, name: &str) -> Vec<String> {
        let in_state = self.keys.iter().filter(|key| key.state.name() == name);
        in_state.map(|key| key.kid().to_owned()).collect()
    }

    fn published(&self, now_secs: u64) -> Vec<String> {
        let json = jwks_json(&self.keys, now_secs, &self.policy);
        let set: serde_json::Value = serde_json::from_str(&json).unwrap();
        let keys = set["keys"].as_array().unwrap();
        keys.iter()
            .map(|key| key["kid"].as_str().unwrap().to_owned())
            .collect()
    }
}

#[test]
fn first_start_creates_an_active_and_a_next_key() {
    let mut ring = Ring::new();
    assert_eq!(
        ring.rotate(START),
        [RotationStep::CreateActive, RotationStep::CreateNext]
    );
    assert_eq!(ring.rotate(START), []);
    assert_eq!(ring.rotate(START + 29 * DAY), []);
}

#[test]
fn active_key_gives_way_after_30_days_and_not_a_second_earlier() {
    let mut ring = Ring::new();
    ring.rotate(START);
    let (active, next) = (ring.kids("active"), ring.kids("next"));
    assert_eq!(ring.plan(START + 30 * DAY - 1), []);
    assert_eq!(
        ring.rotate(START + 30 * DAY),
        [
            RotationStep::Promote {
                next: next[0].clone(),
                retire: Some(active[0].clone())
            },
            RotationStep::CreateNext
        ]
    );
    assert_eq!(ring.kids("active"), next);
    assert_eq!(ring.kids("retired"), active);
    assert_eq!(ring.kids("next").len(), 1);
}

#[test]
fn next_key_signs_once_published_for_a_day_and_not_a_second_earlier() {
    let mut ring = Ring::new();
    let since_secs = START - 40 * DAY;
    let active = ring.add(KeyState::Active { since_secs }, since_secs);
    assert_eq!(ring.rotate(START), [RotationStep::CreateNext]);
    assert_eq!(ring.plan(START + DAY - 1), []);
    let next = ring.kids("next")[0].clone();
    assert_eq!(
        ring.plan(START + DAY)[0],
        RotationStep::Promote {
            next,
            retire: Some(active)
        }
    );
}

#[test]
fn retired_key_is_dropped_after_7_days_and_not_a_second_earlier() {
    let mut ring = Ring::new();
    ring.rotate(START);
    ring.rotate(START + 30 * DAY);
    let retired = ring.kids("retired");
    let end = START + 37 * DAY;
    assert_eq!(ring.plan(end - 1), []);
    assert!(ring.published(end - 1).contains(&retired[0]));
    // Not published from that second on, dropped or not.
    assert!(!ring.published(end).contains(&retired[0]));
    let kid = retired[0].clone();
    assert_eq!(ring.rotate(end), [RotationStep::Drop { kid }]);
    assert_eq!(ring.keys.len(), 2);
}

#[test]
fn ring_without_an_active_key_promotes_the_next_at_once() {
    let mut ring = Ring::new();
    let next = ring.add(KeyState::Next, START);
    assert_eq!(
        ring.plan(START),
        [
            RotationStep::Promote { next, retire: None },
            RotationStep::CreateNext
        ]
    );
}

#[test]
fn second_active_key_of_a_raced_first_start_is_retired_and_stays_published() {
    let mut ring = Ring::new();
    let since = |since_secs| KeyState::Active { since_secs };
    let older = ring.add(since(START), START);
    let newer = ring.add(since(START + 1), START + 1);
    let published_longest = ring.add(KeyState::Next, START);
    let surplus = ring.add(KeyState::Next, START + 1);
    assert_eq!(
        ring.rotate(START + 2),
        [
            RotationStep::Retire { kid: older.clone() },
            RotationStep::Drop { kid: surplus }
        ]
    );
    assert_eq!(ring.kids("active"), *std::slice::from_ref(&newer));
    assert_eq!(ring.published(START + 2), [newer, published_longest, older]);
    assert_eq!(ring.plan(START + 2), []);
}

#[test]
fn clock_set_back_changes_nothing() {
    let mut ring = Ring::new();
    ring.rotate(START);
    ring.rotate(START + 30 * DAY);
    assert_eq!(ring.plan(0), []);
    assert_eq!(ring.published(0).len(), 3);
}

#[test]
fn host_asleep_for_a_year_rotates_once_and_goes_on() {
    let mut ring = Ring::new();
    ring.rotate(START);
    assert_eq!(ring.rotate(START + 365 * DAY).len(), 2);
    assert_eq!(ring.plan(START + 365 * DAY), []);
    assert_eq!(ring.rotate(START + 395 * DAY).len(), 3); // promote, create, drop
}

#[test]
fn over_a_year_every_token_verifies_by_a_key_set_cached_for_up_to_a_day() {
    let mut ring = Ring::new();
    let mut cached: Vec<(u64, Vec<String>)> = Vec::new();
    let mut signed: Vec<(u64, String)> = Vec::new();
    let mut signers = std::collections::BTreeSet::new();
    for hour in 0..365 * 24 {
        let now = START + hour * 3600;
        ring.rotate(now);
        assert!(ring.keys.len() <= 3, "{:?}", ring.keys);
        let active = ring.kids("active");
        assert_eq!(active.len(), 1);
        cached.push((now, ring.published(now)));
        cached.retain(|(at, _)| *at + DAY >= now);
        signed.push((now, active[0].clone()));
        signers.insert(active[0].clone());
        signed.retain(|(at, _)| *at + 7 * DAY > now);
        // A key set fetched within the last day has the key that signs now ...
        assert!(hour < 24 || cached.iter().all(|(_, kids)| kids.contains(&active[0])));
        // ... and the one fetched now has every key that signed within the last seven days.
        let published = &cached.last().unwrap().1;
        assert!(signed.iter().all(|(_, kid)| published.contains(kid)));
    }
    assert_eq!(signers.len(), 13); // one from the start and one every 30 days
}

#[test]
fn key_set_has_public_members_alone() {
    let mut ring = Ring::new();
    ring.rotate(START);
    ring.rotate(START + 30 * DAY);
    let json = jwks_json(&ring.keys, START + 30 * DAY, &ring.policy);
    let set: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(set["keys"].as_array().unwrap().len(), 3);
    for key in set["keys"].as_array().unwrap() {
        let mut names: Vec<_> = key.as_object().unwrap().keys().collect();
        names.sort();
        assert_eq!(names, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
    }
    for key in &ring.keys {
        assert!(json.contains(&key.public.to_json()));
        assert!(!json.contains(&key.sealed_private));
    }
    assert_eq!(jwks_json(&[], START, &ring.policy), r#"{"keys":[]}"#);
}

#[test]
fn key_set_does_not_depend_on_the_order_of_the_records() {
    let mut ring = Ring::new();
    ring.rotate(START);
    ring.rotate(START + 30 * DAY);
    let json = jwks_json(&ring.keys, START + 30 * DAY, &ring.policy);
    ring.keys.reverse();
    assert_eq!(jwks_json(&ring.keys, START + 30 * DAY, &ring.policy), json);
}

#[test]
fn only_the_active_key_opens_as_a_signer() {
    let mut ring = Ring::new();
    ring.rotate(START);
    ring.rotate(START + 30 * DAY);
    for key in &ring.keys {
        let opened = Signer::open(key, &ring.secrets).is_ok();
        assert_eq!(opened, key.state.name() == "active", "{key:?}");
    }
}

#[test]
fn policy_whose_durations_do_not_fit_is_refused() {
    assert_eq!(
        RotationPolicy::new(30 * DAY, DAY, 7 * DAY, 7 * DAY),
        Ok(RotationPolicy::default())
    );
    let error = RotationPolicy::new(DAY, DAY, DAY, 1).unwrap_err();
    assert_eq!(
        error.to_string(),
        "keys sign for 86400 s, it must be more than the 86400 s they are published before"
    );
    assert!(RotationPolicy::new(DAY + 1, DAY, DAY, DAY).is_ok());
    let error = RotationPolicy::new(30 * DAY, DAY, DAY - 1, DAY).unwrap_err();
    assert_eq!(
        error.to_string(),
        "retired keys are kept for 86399 s, tokens live for up to 86400 s"
    );
}
