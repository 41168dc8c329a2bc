//! Rows that are stored together, in one transaction.

use portcullis_store::Statement;

use super::source::Stage;

/// Rows in a group: enough that a commit's cost doesn't count.
const ROWS: usize = 500;

/// What a row becomes.
pub(super) struct Row {
    /// What the row is called there; empty if it has no id.
    pub(super) id: String,
    pub(super) plan: Plan,
    /// What a person should know although the row is taken over.
    pub(super) notes: Vec<String>,
}

/// What is to be done with a row.
pub(super) enum Plan {
    /// It can't be taken over, and why.
    Skip(String),
    /// The first statement returns a row when it was taken over.
    Write(Vec<Statement>, Key),
}

/// By what a row that wasn't taken over is looked for, to say why.
pub(super) enum Key {
    /// A user, by id and address.
    User { id: String, email: String },
    /// A password, by its user.
    Password { user_id: String },
    /// An account elsewhere.
    Outside {
        user_id: String,
        provider: String,
        account_id: String,
    },
    /// A session, by its user and its token's hash.
    Session { user_id: String, token_hash: String },
}

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It is in.
    Imported,
    /// It was in already.
    Unchanged,
    /// It was left out, and why.
    Skipped(String),
}

/// Some rows of one table.
pub(super) struct Chunk {
    stage: Stage,
    rows: Vec<(i64, Row)>,
}

impl Chunk {
    pub(super) const fn new(stage: Stage) -> Self {
        Self {
            stage,
            rows: Vec::new(),
        }
    }

    pub(super) const fn stage(&self) -> Stage {
        self.stage
    }

    pub(super) fn push(&mut self, position: i64, row: Row) {
        self.rows.push((position, row));
    }

    pub(super) const fn is_full(&self) -> bool {
        self.rows.len() >= ROWS
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn clear(&mut self) {
        self.rows.clear();
    }

    /// Rows with their positions.
    pub(super) fn rows(&self) -> &[(i64, Row)] {
        &self.rows
    }

    /// The position behind which the next group begins.
    pub(super) fn end(&self) -> i64 {
        self.rows.last().map_or(0, |(position, _)| *position)
    }
}

impl Row {
    /// A row that is left out.
    pub(super) const fn skipped(id: String, reason: String) -> Self {
        Self {
            id,
            plan: Plan::Skip(reason),
            notes: Vec::new(),
        }
    }
}
