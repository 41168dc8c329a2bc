//! Whatever is done to a log is found, and where.

use std::collections::BTreeMap;
use std::sync::Arc;

use portcullis_issue::keyring::{GeneratedKey, KeyRecord, KeyState};
use portcullis_issue::secret::Secrets;
use portcullis_service::audit::chain::{
    CHECKPOINT_TYP, ChainRecord, CheckpointClaims, NO_LINK, link, link_text, sign_with,
};

use super::finding::{Findings, Kind, Of};
use super::signed::{Checkpoint, Trust};
use super::walk::{Entry, Point, Walk};
use crate::host::SystemEntropy;

/// Records of the log that is altered.
const RECORDS: i64 = 5_000;
/// How often it is altered.
const ALTERATIONS: u32 = 10_000;
/// A checkpoint stands at every so many.
const SIGNED_EVERY: i64 = 1_000;

fn record(id: i64) -> ChainRecord {
    ChainRecord {
        id,
        at_ms: 1_795_308_739_542 + id * 17,
        action: ["auth.login", "pin.reveal", "role.grant"][usize::try_from(id % 3).unwrap()].into(),
        status: if id % 5 == 0 { "fail" } else { "ok" }.into(),
        user_id: (id % 4 != 0).then(|| format!("user-{}", id % 97)),
        scope: (id % 2 == 0).then(|| "state:ca/team:t7".into()),
        request_id: format!("r{id}"),
        latency_ms: id % 90,
        ip_address: "192.0.2.1".into(),
        user_agent: "a browser".into(),
        fields: format!("{{\"n\":{id}}}"),
    }
}

/// A log by number, as a database has it. Copies share what isn't altered: ten thousand are made.
#[derive(Clone)]
struct Log {
    records: BTreeMap<i64, Arc<ChainRecord>>,
    links: BTreeMap<i64, Arc<String>>,
    points: Vec<Point>,
    given: Option<i64>,
}

impl Log {
    fn new(records: i64) -> Self {
        let mut last = NO_LINK;
        let mut log = Self {
            records: BTreeMap::new(),
            links: BTreeMap::new(),
            points: Vec::new(),
            given: Some(records),
        };
        for id in 1..=records {
            let record = record(id);
            last = link(&last, &record.canonical());
            log.links.insert(id, link_text(&last).into());
            log.records.insert(id, record.into());
            if id % SIGNED_EVERY == 0 {
                log.points.push(Point {
                    id,
                    hash: link_text(&last),
                    by: format!("checkpoint {}", id / SIGNED_EVERY),
                    is_sealed: false,
                });
            }
        }
        log
    }

    /// Around a number alone, so that ten thousand alterations take seconds: what is found in a part of a log is
    /// found in the whole, for nothing that is found depends on what lies further away. The whole is walked as
    /// well, every two hundredth time.
    fn walk(&self, around: Option<(i64, i64)>) -> Findings {
        let (from, to) = around.unwrap_or((i64::MIN, i64::MAX));
        let before = self.links.range(..from).next_back();
        let before = before.and_then(|(id, text)| Some((*id, super::walk::parse(text)?)));
        let is_in = |point: &&Point| point.id >= from && (point.id <= to || to == i64::MAX);
        let points: Vec<_> = self.points.iter().filter(is_in).cloned().collect();
        let mut walk = match before {
            Some((id, link)) if from > 1 => Walk::after(points, id, link),
            _ => Walk::new(points),
        };
        let mut ids: Vec<_> = self.records.range(from..=to).map(|(id, _)| *id).collect();
        ids.extend(self.links.range(from..=to).map(|(id, _)| *id));
        ids.sort_unstable();
        ids.dedup();
        for id in ids {
            walk.push(Entry {
                id,
                text: self.records.get(&id).map(|record| record.canonical()),
                link: self.links.get(&id).map(ToString::to_string),
            });
        }
        let given = if to == i64::MAX { self.given } else { None };
        walk.finish(given).0
    }
}

/// The same alterations in every run (`SplitMix64`).
struct Random(u64);

impl Random {
    fn below(&mut self, end: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        i64::try_from((mixed ^ (mixed >> 31)) % end.unsigned_abs()).unwrap()
    }
}

/// What has to be found: the number and the kinds that name it rightly.
struct Expected {
    id: i64,
    kinds: &'static [Kind],
}

fn alter_column(record: &mut ChainRecord, random: &mut Random) {
    match random.below(11) {
        0 => record.at_ms += 1 + random.below(100),
        1 => record.action.push('x'),
        2 => record.status = if record.status == "ok" { "fail" } else { "ok" }.into(),
        3 => record.user_id = Some("somebody else".into()),
        4 => {
            let is_absent = record.user_id.is_none();
            record.user_id = is_absent.then(String::new);
        }
        5 => record.scope = Some("elsewhere".into()),
        6 => record.request_id.insert(0, ' '),
        7 => record.latency_ms ^= 1,
        8 => record.ip_address = "192.0.2.2".into(),
        9 => record.user_agent.clear(),
        _ => record.fields = "{}".into(),
    }
}

fn alter_link(link: &mut String, random: &mut Random) {
    let at = usize::try_from(random.below(64)).unwrap();
    let with = if link.as_bytes()[at] == b'0' {
        "1"
    } else {
        "0"
    };
    link.replace_range(at..=at, with);
}

/// Does something to the log; what has to be found then, and around which numbers it was done.
fn alter(log: &mut Log, random: &mut Random) -> (Expected, (i64, i64)) {
    let id = 1 + random.below(RECORDS);
    let near = (id - 3, id + 3);
    let expected = |id, kinds| Expected { id, kinds };
    match random.below(10) {
        0 | 1 => {
            alter_column(Arc::make_mut(log.records.get_mut(&id).unwrap()), random);
            (expected(id, &[Kind::RecordAltered]), near)
        }
        2 => {
            alter_link(Arc::make_mut(log.links.get_mut(&id).unwrap()), random);
            (expected(id, &[Kind::LinkAltered]), near)
        }
        3 => {
            log.records.remove(&id);
            (expected(id, &[Kind::RecordRemoved]), near)
        }
        4 => {
            log.links.remove(&id);
            (expected(id, &[Kind::LinkMissing]), near)
        }
        5 => remove_both(log, id, random),
        6 => swap(log, id, random),
        7 => shift(log, id),
        8 => {
            log.records.split_off(&id);
            log.links.split_off(&id);
            (expected(id, &[Kind::Truncated]), (id - 3, i64::MAX))
        }
        _ => {
            // Written anew from here to the end, every link right: the signatures say that it isn't the same.
            alter_column(Arc::make_mut(log.records.get_mut(&id).unwrap()), random);
            relink(log, id);
            let signed = (id + SIGNED_EVERY - 1) / SIGNED_EVERY * SIGNED_EVERY;
            (expected(signed, &[Kind::Rewritten]), (id - 3, signed + 3))
        }
    }
}

fn remove_both(log: &mut Log, id: i64, random: &mut Random) -> (Expected, (i64, i64)) {
    let count = 1 + random.below(20);
    for gone in id..id + count {
        log.records.remove(&gone);
        log.links.remove(&gone);
    }
    let kinds: &[_] = match id {
        _ if id + count > RECORDS => &[Kind::Truncated],
        1 => &[Kind::NoBeginning],
        _ => &[Kind::Removed],
    };
    let to = if id + count > RECORDS {
        i64::MAX
    } else {
        id + count + 3
    };
    (Expected { id, kinds }, (id - 3, to))
}

fn swap(log: &mut Log, id: i64, random: &mut Random) -> (Expected, (i64, i64)) {
    let other = id % RECORDS + 1 + random.below(10).min(RECORDS - id % RECORDS - 1);
    let (one, two) = (id.min(other), id.max(other));
    let mut first = log.records.remove(&one).unwrap();
    let mut second = log.records.remove(&two).unwrap();
    Arc::make_mut(&mut first).id = two;
    Arc::make_mut(&mut second).id = one;
    log.records.insert(two, first);
    log.records.insert(one, second);
    let kinds = &[Kind::Moved];
    (Expected { id: one, kinds }, (one - 3, two + 3))
}

/// A record that is put in, those after it moved up by one, with the links where they were.
fn shift(log: &mut Log, id: i64) -> (Expected, (i64, i64)) {
    let rest = log.records.split_off(&id);
    let mut put_in = record(id);
    put_in.action = "forged".into();
    log.records.insert(id, put_in.into());
    for (old, mut record) in rest.into_iter().take(50) {
        Arc::make_mut(&mut record).id = old + 1;
        log.records.insert(old + 1, record);
    }
    let kinds = &[Kind::RecordAltered, Kind::Altered, Kind::Moved];
    (Expected { id, kinds }, (id - 3, id + 20))
}

fn relink(log: &mut Log, from: i64) {
    let before = log.links.get(&(from - 1));
    let mut last = before.map_or(NO_LINK, |text| super::walk::parse(text).unwrap());
    for (id, record) in log.records.range(from..) {
        last = link(&last, &record.canonical());
        log.links.insert(*id, link_text(&last).into());
    }
}

#[test]
fn a_log_as_it_was_written_is_whole() {
    let found = Log::new(RECORDS).walk(None);
    assert_eq!(found.kept(), []);
}

#[test]
fn every_alteration_is_found_where_it_was_made() {
    let whole = Log::new(RECORDS);
    let mut random = Random(7);
    for number in 0..ALTERATIONS {
        let mut log = whole.clone();
        let (expected, around) = alter(&mut log, &mut random);
        let all = (number % 200 == 0).then(|| log.walk(None));
        let near = log.walk(Some((around.0.max(1), around.1)));
        for found in all.iter().chain([&near]) {
            let first = found.kept().first();
            let first = first.unwrap_or_else(|| panic!("alteration {number} wasn't found"));
            let is_right = first.id == expected.id && expected.kinds.contains(&first.kind);
            assert!(
                is_right,
                "alteration {number}: {:?} at {}, found {:?}",
                expected.kinds,
                expected.id,
                &found.kept()[..found.kept().len().min(4)]
            );
        }
    }
}

/// The kinds that are found, with their numbers.
fn found(log: &Log) -> Vec<(i64, Kind)> {
    let findings = log.walk(None);
    findings
        .kept()
        .iter()
        .map(|one| (one.id, one.kind))
        .collect()
}

#[test]
fn records_without_links_at_the_end_are_found_each() {
    let mut log = Log::new(5);
    log.records.insert(6, record(6).into());
    log.given = Some(6);
    assert_eq!(found(&log), [(6, Kind::Unlinked)]);
}

#[test]
fn a_record_that_the_chain_goes_past_was_put_in() {
    let mut log = Log::new(5);
    log.links.remove(&3);
    log.records.insert(
        3,
        ChainRecord {
            action: "forged".into(),
            ..record(3)
        }
        .into(),
    );
    let mut last = super::walk::parse(&log.links[&2]).unwrap();
    for id in 4..=5 {
        last = link(&last, &record(id).canonical());
        log.links.insert(id, link_text(&last).into());
    }
    assert_eq!(found(&log), [(3, Kind::RecordInserted)]);
}

#[test]
fn the_last_record_is_told_from_its_link_by_a_checkpoint_alone() {
    let mut log = Log::new(5);
    Arc::make_mut(log.records.get_mut(&5).unwrap()).latency_ms += 1;
    assert_eq!(found(&log), [(5, Kind::Altered)]);
    log.points.push(Point {
        id: 5,
        hash: log.links[&5].to_string(),
        by: "checkpoint 1".into(),
        is_sealed: false,
    });
    assert_eq!(found(&log), [(5, Kind::RecordAltered)]);
}

#[test]
fn numbers_that_were_left_out_are_a_gap_and_not_a_removal() {
    let mut log = Log::new(5);
    for id in 3..=4 {
        log.records.remove(&id);
        log.links.remove(&id);
    }
    relink(&mut log, 5);
    log.links.insert(5, {
        let before = super::walk::parse(&log.links[&2]).unwrap();
        link_text(&link(&before, &record(5).canonical())).into()
    });
    assert_eq!(found(&log), [(3, Kind::Gap)]);
}

#[test]
fn a_log_may_begin_at_a_sealed_segments_end_and_nowhere_else() {
    let mut log = Log::new(9);
    log.records = log.records.split_off(&5);
    log.links = log.links.split_off(&4);
    assert_eq!(found(&log)[0], (1, Kind::NoBeginning));
    log.points.push(Point {
        id: 4,
        hash: log.links[&4].to_string(),
        by: "the segment up to record 4".into(),
        is_sealed: true,
    });
    assert_eq!(found(&log), []);
    log.links.insert(4, link_text(&NO_LINK).into());
    assert_eq!(found(&log)[0], (4, Kind::Rewritten));
    log.links.remove(&4);
    assert_eq!(found(&log)[0], (1, Kind::NoBeginning));
}

#[test]
fn numbers_at_the_ends_of_their_range_are_found_and_do_no_harm() {
    for id in [i64::MIN, -1, 0] {
        let mut log = Log::new(3);
        log.records.insert(id, record(3).into());
        assert_eq!(found(&log), [(id, Kind::RecordInserted)]);
    }
    let mut log = Log::new(3);
    log.records.insert(i64::MAX, record(3).into());
    assert_eq!(
        found(&log),
        [(4, Kind::Removed), (i64::MAX, Kind::Unlinked)]
    );
}

/// An active key, and what opens it.
fn key() -> (Vec<KeyRecord>, Secrets) {
    let secrets = Secrets::parse("a secret for tests alone, 32 bytes long").unwrap();
    let key = GeneratedKey::generate(&mut SystemEntropy).unwrap();
    let state = KeyState::Active { since_secs: 1 };
    let record = key.into_record(state, 1, &secrets, &mut SystemEntropy);
    (vec![record.unwrap()], secrets)
}

fn checkpoint(id: i64, typ: &str, by: &(Vec<KeyRecord>, Secrets)) -> Checkpoint {
    let claims = CheckpointClaims {
        upto: id * 10,
        hash: link_text(&NO_LINK),
        count: id * 10,
        at: 1_795_308_739_542,
    };
    let signed = sign_with(&by.0, &by.1, typ, &claims).unwrap();
    Checkpoint {
        id,
        claims,
        jwk: signed.jwk,
        jws: signed.jws,
    }
}

#[track_caller]
fn checked(trust: &mut Trust, all: &[Checkpoint], expected: &[(i64, Kind)]) {
    let mut findings = Findings::default();
    trust.checkpoints(all, Some(all[0].id), &mut findings);
    let found: Vec<_> = findings
        .kept()
        .iter()
        .map(|one| (one.id, one.kind))
        .collect();
    assert_eq!(found, expected);
    assert!(findings.kept().iter().all(|one| one.of == Of::Checkpoint));
}

#[test]
fn checkpoints_hold_by_signature_type_and_what_stands_beside_them() {
    let (mine, other) = (key(), key());
    let good: Vec<_> = (1..=4)
        .map(|id| checkpoint(id, CHECKPOINT_TYP, &mine))
        .collect();
    checked(&mut Trust::default(), &good, &[]);
    let altered = |change: fn(&mut Checkpoint, &Checkpoint)| {
        let mut all = good.clone();
        let from = all[2].clone();
        change(&mut all[1], &from);
        all
    };
    let beside = altered(|one, _| one.claims.hash.replace_range(0..1, "1"));
    checked(&mut Trust::default(), &beside, &[(2, Kind::SignedAltered)]);
    let another = altered(|one, from| one.jws.clone_from(&from.jws));
    checked(&mut Trust::default(), &another, &[(2, Kind::SignedAltered)]);
    let broken = altered(|one, from| {
        let (_, signature) = from.jws.rsplit_once('.').unwrap();
        let (signed, _) = one.jws.rsplit_once('.').unwrap();
        one.jws = format!("{signed}.{signature}");
    });
    checked(&mut Trust::default(), &broken, &[(2, Kind::BadSignature)]);
    let mut of_another = good.clone();
    of_another[1].jwk = other.0[0].public.to_json();
    checked(
        &mut Trust::default(),
        &of_another,
        &[(2, Kind::BadSignature)],
    );
    let token = [checkpoint(1, "at+jwt", &mine)];
    checked(&mut Trust::default(), &token, &[(1, Kind::BadSignature)]);
}

#[test]
fn a_checkpoint_of_a_key_that_is_not_trusted_is_found_when_keys_are_named() {
    let (mine, other) = (key(), key());
    let all = [
        checkpoint(1, CHECKPOINT_TYP, &mine),
        checkpoint(2, CHECKPOINT_TYP, &other),
    ];
    checked(&mut Trust::default(), &all, &[]);
    let mut trust = Trust::default();
    trust.trusted.insert(mine.0[0].kid().to_owned());
    checked(&mut trust, &all, &[(2, Kind::UntrustedKey)]);
    assert_eq!(trust.seen.len(), 2);
}

#[test]
fn a_checkpoint_that_was_taken_away_is_missed() {
    let mine = key();
    let all = [1, 3, 4].map(|id| checkpoint(id, CHECKPOINT_TYP, &mine));
    checked(&mut Trust::default(), &all, &[(2, Kind::CheckpointRemoved)]);
    let mut findings = Findings::default();
    Trust::default().checkpoints(&all[..1], Some(4), &mut findings);
    let last = &findings.kept()[0];
    let found = (last.id, last.upto, last.kind);
    assert_eq!(found, (2, Some(4), Kind::CheckpointRemoved));
}
