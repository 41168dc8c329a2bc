//! From record to record along the chain. Each link is computed from the *stored* one before it, so a
//! record that was altered is found where it stands and those after it are checked all the same; the record after it
//! tells whether it or its link was altered.

use std::collections::BTreeMap;

#[cfg(test)]
pub(super) use portcullis_service::audit::chain::parse_link as parse;
use portcullis_service::audit::chain::{ChainRecord, Link, NO_LINK, link, link_text, parse_link};

use super::finding::{Findings, Kind, Of};

/// Altered records that are compared with each other, to find those that changed places.
const COMPARED: usize = 64;

/// A number of the log: its record, its link, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The number.
    pub(crate) id: i64,
    /// The record's canonical text.
    pub(crate) text: Option<String>,
    /// The stored link, as it is stored.
    pub(crate) link: Option<String>,
}

/// A link that was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Point {
    /// Number of the record.
    pub(crate) id: i64,
    /// Its link.
    pub(crate) hash: String,
    /// Who says so, for people: `checkpoint 7`.
    pub(crate) by: String,
    /// Whether the log may begin after it.
    pub(crate) is_sealed: bool,
}

/// A record whose link isn't the one that it should have, until the next one tells more.
#[derive(Debug)]
struct Held {
    id: i64,
    text: String,
    before: Link,
    stored: Option<Link>,
    computed: Link,
}

/// How far a walk is.
#[derive(Debug)]
pub(crate) struct Walk {
    findings: Findings,
    points: BTreeMap<i64, Vec<Point>>,
    /// The stored link that the next record stands on; `None` when it is missing.
    before: Option<Link>,
    first_id: Option<i64>,
    last_id: i64,
    records: u64,
    held: Option<Held>,
    suspects: Vec<Held>,
}

impl Walk {
    /// Begins before the first record, with the links that were signed.
    pub(crate) fn new(points: Vec<Point>) -> Self {
        let mut by_id: BTreeMap<i64, Vec<Point>> = BTreeMap::new();
        for point in points {
            by_id.entry(point.id).or_default().push(point);
        }
        Self {
            findings: Findings::default(),
            points: by_id,
            before: Some(NO_LINK),
            first_id: None,
            last_id: 0,
            records: 0,
            held: None,
            suspects: Vec::new(),
        }
    }

    /// Begins after a record with this link: at the start of a segment.
    pub(crate) fn after(points: Vec<Point>, id: i64, link: Link) -> Self {
        Self {
            before: Some(link),
            first_id: Some(id),
            last_id: id,
            ..Self::new(points)
        }
    }

    /// Looks at what the log has under the next number.
    pub(crate) fn push(&mut self, entry: Entry) {
        let Entry { id, text, link } = entry;
        if id < 1 {
            let detail = "numbers begin with 1";
            self.findings
                .add(Of::Record, id, Kind::RecordInserted, detail);
            return;
        }
        if self.first_id.is_some() && id <= self.last_id {
            self.findings.add(Of::Record, id, Kind::Order, "");
            return;
        }
        if self.first_id.is_none() {
            self.begin(id, text.is_none());
        }
        // A link that isn't one is the link of nothing.
        let stored = link.map(|text| parse_link(&text).unwrap_or([0xff; 32]));
        let is_gap = id > self.last_id.saturating_add(1);
        if is_gap || text.is_none() {
            self.settle();
        }
        match text {
            Some(text) => {
                self.records += 1;
                self.check(id, text, stored, is_gap);
            }
            None if self.is_base(id) => self.before = stored,
            None => {
                self.fill_gap(id, is_gap);
                self.findings.add(Of::Record, id, Kind::RecordRemoved, "");
                self.before = stored;
            }
        }
        if let Some(stored) = stored {
            self.compare(id, &stored);
        }
        self.last_id = id;
    }

    /// Ends the walk: `given` is the highest number that the database gave out.
    pub(crate) fn finish(mut self, given: Option<i64>) -> (Findings, u64, i64) {
        self.settle();
        let last_id = self.last_id;
        let signed = self.points.range(last_id.saturating_add(1)..).next_back();
        if let Some((&id, points)) = signed {
            let by = points.first().map_or("", |point| point.by.as_str());
            self.findings.add_range(
                Of::Record,
                (last_id.saturating_add(1), id),
                Kind::Truncated,
                format!("{by} covers it"),
            );
        } else if let Some(given) = given.filter(|given| *given > last_id) {
            let detail = "the database gave these numbers out";
            self.findings.add_range(
                Of::Record,
                (last_id.saturating_add(1), given),
                Kind::Truncated,
                detail,
            );
        }
        self.find_moved();
        (self.findings, self.records, last_id)
    }

    /// The first number must be 1, or a link that a segment ends with.
    fn begin(&mut self, id: i64, is_link_alone: bool) {
        self.first_id = Some(id);
        if id == 1 {
            return;
        }
        if is_link_alone && self.is_sealed(id) {
            self.last_id = id - 1;
            return;
        }
        self.findings.add_range(
            Of::Record,
            (1, id - 1),
            Kind::NoBeginning,
            "no sealed segment ends there",
        );
        self.before = None;
        self.last_id = id - 1;
    }

    /// Whether this is the link that stayed when everything up to it was sealed and deleted.
    fn is_base(&self, id: i64) -> bool {
        self.first_id == Some(id) && self.is_sealed(id)
    }

    fn is_sealed(&self, id: i64) -> bool {
        let points = self.points.get(&id);
        points.is_some_and(|points| points.iter().any(|point| point.is_sealed))
    }

    fn check(&mut self, id: i64, text: String, stored: Option<Link>, is_gap: bool) {
        if let Some(held) = self.held.take() {
            let is_next =
                |before: &Link| stored.is_some_and(|stored| link(before, &text) == stored);
            let kind = Self::tell(&held, is_next);
            self.note(held, kind);
            if kind.is_some() {
                self.before = stored;
                return;
            }
        }
        let Some(before) = self.before else {
            self.pass(id, stored);
            return;
        };
        let computed = link(&before, &text);
        if stored == Some(computed) {
            if is_gap {
                self.findings.add_range(
                    Of::Record,
                    (self.last_id.saturating_add(1), id - 1),
                    Kind::Gap,
                    "",
                );
            }
            self.before = stored;
        } else if is_gap {
            self.fill_gap(id, true);
            self.pass(id, stored);
        } else {
            // The next record may stand on the one as on the other.
            self.before = Some(stored.unwrap_or(computed));
            self.held = Some(Held {
                id,
                text,
                before,
                stored,
                computed,
            });
        }
    }

    /// There is nothing to check a record with; what comes after stands on its link.
    fn pass(&mut self, id: i64, stored: Option<Link>) {
        if stored.is_none() {
            self.findings.add(Of::Record, id, Kind::Unlinked, "");
        }
        self.before = stored;
    }

    /// What the record after it tells about a record; `None`: nothing.
    fn tell(held: &Held, is_next: impl Fn(&Link) -> bool) -> Option<Kind> {
        if let Some(stored) = &held.stored {
            if is_next(stored) {
                return Some(Kind::RecordAltered);
            }
            return is_next(&held.computed).then_some(Kind::LinkAltered);
        }
        if is_next(&held.computed) {
            return Some(Kind::LinkMissing);
        }
        is_next(&held.before).then_some(Kind::RecordInserted)
    }

    /// Notes what is wrong with a record that was held.
    fn note(&mut self, held: Held, told: Option<Kind>) {
        let kind = told.unwrap_or_else(|| self.tell_by_signature(&held));
        self.findings.add(Of::Record, held.id, kind, "");
        if held.stored.is_some() && self.suspects.len() < COMPARED {
            self.suspects.push(held);
        }
    }

    /// Where no record follows that could tell, a signature may.
    fn tell_by_signature(&self, held: &Held) -> Kind {
        let signed = self.points.get(&held.id).and_then(|points| points.first());
        let signed = signed.and_then(|point| parse_link(&point.hash));
        match held.stored {
            None if signed == Some(held.computed) => Kind::LinkMissing,
            None => Kind::Unlinked,
            Some(_) if signed == Some(held.computed) => Kind::LinkAltered,
            Some(stored) if signed == Some(stored) => Kind::RecordAltered,
            Some(_) => Kind::Altered,
        }
    }

    fn settle(&mut self) {
        if let Some(held) = self.held.take() {
            self.note(held, None);
        }
    }

    fn fill_gap(&mut self, id: i64, is_gap: bool) {
        if is_gap {
            self.findings.add_range(
                Of::Record,
                (self.last_id.saturating_add(1), id - 1),
                Kind::Removed,
                "",
            );
        }
    }

    fn compare(&mut self, id: i64, stored: &Link) {
        let Some(points) = self.points.get(&id) else {
            return;
        };
        let text = link_text(stored);
        for point in points.iter().filter(|point| point.hash != text) {
            self.findings
                .add(Of::Record, id, Kind::Rewritten, point.by.as_str());
        }
    }

    /// Finds records that stand in each other's places: with its number put right, one has another's link.
    fn find_moved(&mut self) {
        let mut moved = BTreeMap::new();
        for place in &self.suspects {
            for other in &self.suspects {
                let Some(mut record) = ChainRecord::parse(&other.text) else {
                    continue;
                };
                record.id = place.id;
                if place.stored == Some(link(&place.before, &record.canonical())) {
                    moved.insert(place.id, other.id);
                }
            }
        }
        for finding in self.findings.kept_mut() {
            let is_altered = matches!(finding.kind, Kind::RecordAltered | Kind::Altered);
            if let Some(at) = moved.get(&finding.id).filter(|_| is_altered) {
                finding.kind = Kind::Moved;
                finding.detail = format!("it stands at {at}");
            }
        }
    }
}
