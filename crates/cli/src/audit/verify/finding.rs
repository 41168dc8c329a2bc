//! What is wrong with a log, and where.

use core::fmt;

use serde::Serialize;

/// Findings kept in full; the rest are counted.
const KEPT: usize = 1_000;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    /// A record isn't the one that its link was made of.
    RecordAltered,
    /// A record is as it was, its link isn't.
    LinkAltered,
    /// A record or its link was altered: nothing after it tells which.
    Altered,
    /// The record that belongs here stands elsewhere.
    Moved,
    /// There is a link without its record.
    RecordRemoved,
    /// Records are missing with their links.
    Removed,
    /// Numbers were left out when the records were written.
    Gap,
    /// A record is as it was, its link is missing.
    LinkMissing,
    /// A record that the chain goes past.
    RecordInserted,
    /// A record without a link: put in past the schema, or its link was taken away.
    Unlinked,
    /// Lines of a file don't go up.
    Order,
    /// The log ends before a signed record or a number that was given out.
    Truncated,
    /// A link isn't the one that was signed.
    Rewritten,
    /// What a checkpoint or segment says isn't what was signed.
    SignedAltered,
    /// A checkpoint is missing.
    CheckpointRemoved,
    /// A signature doesn't hold.
    BadSignature,
    /// Something is signed with a key that isn't trusted.
    UntrustedKey,
    /// The log doesn't begin with its first record nor at a segment's end.
    NoBeginning,
    /// A file isn't what `audit seal` or `audit checkpoint` writes.
    Malformed,
}

impl Kind {
    const fn says(self) -> &'static str {
        match self {
            Self::RecordAltered => "the record was altered",
            Self::LinkAltered => "the link was altered; the record is as it was",
            Self::Altered => "the record or its link was altered",
            Self::Moved => "another record stands in its place",
            Self::RecordRemoved => "the record was removed; its link is there",
            Self::Removed => "records were removed with their links",
            Self::Gap => "numbers were left out when the records were written",
            Self::LinkMissing => "the link was removed; the record is as it was",
            Self::RecordInserted => "the record was put in; the chain goes past it",
            Self::Unlinked => "the record has no link",
            Self::Order => "the line isn't where its number belongs",
            Self::Truncated => "the end of the log was cut off",
            Self::Rewritten => "the link isn't the one that was signed",
            Self::SignedAltered => "what it says isn't what was signed",
            Self::CheckpointRemoved => "the checkpoint was removed",
            Self::BadSignature => "the signature doesn't hold",
            Self::UntrustedKey => "it is signed with a key that isn't trusted",
            Self::NoBeginning => "the records before it are missing",
            Self::Malformed => "it isn't what `portcullis audit seal` or `checkpoint` writes",
        }
    }
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Of {
    /// Records, by number.
    Record,
    /// A checkpoint, by number.
    Checkpoint,
    /// A segment, by the number of its last record.
    Segment,
    /// A line of a file.
    Line,
}

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub(crate) struct Finding {
    /// What it is about.
    pub(crate) of: Of,
    /// The number of it, the first where there are several.
    pub(crate) id: i64,
    /// The last number, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) upto: Option<i64>,
    /// What is wrong.
    pub(crate) kind: Kind,
    /// More for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub(crate) detail: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = match self.of {
            Of::Record => "record",
            Of::Checkpoint => "checkpoint",
            Of::Segment => "segment up to record",
            Of::Line => "line",
        };
        write!(f, "{of} {}", self.id)?;
        if let Some(upto) = self.upto {
            write!(f, " to {upto}")?;
        }
        write!(f, ": {}", self.kind.says())?;
        if !self.detail.is_empty() {
            write!(f, " ({})", self.detail)?;
        }
        Ok(())
    }
}

/// What was found, in the order of the log.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    all: Vec<Finding>,
    more: u64,
}

impl Findings {
    /// Notes a finding about one thing.
    pub(crate) fn add(&mut self, of: Of, id: i64, kind: Kind, detail: impl Into<String>) {
        self.put(Finding {
            of,
            id,
            upto: None,
            kind,
            detail: detail.into(),
        });
    }

    /// Notes a finding about things from one number to another.
    pub(crate) fn add_range(
        &mut self,
        of: Of,
        (id, upto): (i64, i64),
        kind: Kind,
        detail: impl Into<String>,
    ) {
        self.put(Finding {
            of,
            id,
            upto: (upto > id).then_some(upto),
            kind,
            detail: detail.into(),
        });
    }

    fn put(&mut self, finding: Finding) {
        if self.all.len() < KEPT {
            self.all.push(finding);
        } else {
            self.more += 1;
        }
    }

    /// Takes up those of another list.
    pub(crate) fn append(&mut self, other: Self) {
        other.all.into_iter().for_each(|finding| self.put(finding));
        self.more += other.more;
    }

    /// Takes up those of a file.
    pub(crate) fn append_of(&mut self, mut other: Self, file: &str) {
        for finding in &mut other.all {
            finding.detail = match finding.detail.as_str() {
                "" => format!("in {file}"),
                detail => format!("{detail}; in {file}"),
            };
        }
        self.append(other);
    }

    /// How many there are, with those that weren't kept.
    pub(crate) fn count(&self) -> u64 {
        self.all.len() as u64 + self.more
    }

    /// Those that were kept.
    pub(crate) fn kept(&self) -> &[Finding] {
        &self.all
    }

    /// Those that were kept, to make more precise.
    pub(crate) fn kept_mut(&mut self) -> &mut [Finding] {
        &mut self.all
    }
}
