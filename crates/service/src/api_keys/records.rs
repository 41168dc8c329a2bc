//! What is stored of a key.

use serde_json::{Map, Value};

/// A key, without the key: only a hash of that is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKeyRecord {
    /// 32 letters and digits.
    pub id: String,
    /// Whose rights bound it: its owner, or who made it for a tenant.
    pub user_id: String,
    /// The tenant that it belongs to, when it isn't the user's own.
    pub tenant_id: Option<String>,
    /// What people call it.
    pub name: Option<String>,
    /// What stands before the key.
    pub prefix: String,
    /// The key's first characters.
    pub start: String,
    /// The permissions that it is for.
    pub scopes: Vec<String>,
    /// What its owner keeps with it.
    pub metadata: Option<Map<String, Value>>,
    /// Whether it may be used.
    pub enabled: bool,
    /// From when on it is over, Unix milliseconds.
    pub expires_at_ms: Option<i64>,
    /// How often it may be used.
    pub rate: KeyRate,
    /// How many uses are left; `None` is any number.
    pub remaining: Option<i64>,
    /// How the uses that are left grow back.
    pub refill: Option<Refill>,
    /// When they last did, Unix milliseconds.
    pub last_refill_at_ms: Option<i64>,
    /// When it was last used, Unix milliseconds; to a minute where uses aren't counted.
    pub last_used_at_ms: Option<i64>,
    /// When it was made, Unix milliseconds.
    pub created_at_ms: i64,
    /// When it was last changed, Unix milliseconds.
    pub updated_at_ms: i64,
    /// The key from before the last rotation.
    pub previous: Option<Previous>,
}

/// How often a key may be used: `max` times in a window that begins with the first use after the one
/// before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyRate {
    /// Whether it counts.
    pub is_on: bool,
    /// Uses in a window.
    pub max: i64,
    /// How long a window lasts, milliseconds.
    pub window_ms: i64,
    /// Uses in the current window.
    pub count: i64,
    /// When that began, Unix milliseconds.
    pub began_at_ms: Option<i64>,
}

/// How uses grow back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Refill {
    /// How many there are after it.
    pub amount: i64,
    /// After how long, milliseconds.
    pub interval_ms: i64,
}

/// A key that was replaced by another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Previous {
    /// From when on it is over, Unix milliseconds.
    pub ends_at_ms: i64,
    /// When it was last used since, Unix milliseconds, to a minute.
    pub last_used_at_ms: Option<i64>,
}

impl ApiKeyRecord {
    /// Whether each use is counted.
    #[must_use]
    pub const fn is_counted(&self) -> bool {
        self.rate.is_on || self.remaining.is_some()
    }

    /// Whether its end has come.
    #[must_use]
    pub fn is_over(&self, now_ms: i64) -> bool {
        self.expires_at_ms.is_some_and(|ends_ms| ends_ms <= now_ms)
    }

    /// Whether its uses have grown back by now.
    #[must_use]
    pub fn is_refilled(&self, now_ms: i64) -> bool {
        let since_ms = self.last_refill_at_ms.unwrap_or(self.created_at_ms);
        self.refill
            .is_some_and(|refill| now_ms.saturating_sub(since_ms) > refill.interval_ms)
    }

    /// How long until the uses left grow back, milliseconds; `None` for a key whose uses never do.
    #[must_use]
    pub fn refill_wait_ms(&self, now_ms: i64) -> Option<i64> {
        let since_ms = self.last_refill_at_ms.unwrap_or(self.created_at_ms);
        let refilled_ms = since_ms.saturating_add(self.refill?.interval_ms);
        Some(refilled_ms.saturating_sub(now_ms).max(0).saturating_add(1))
    }

    /// How long until there is room in the window, milliseconds; `None` when there is room now.
    #[must_use]
    pub fn wait_ms(&self, now_ms: i64) -> Option<i64> {
        let KeyRate {
            is_on,
            max,
            window_ms,
            count,
            began_at_ms,
        } = self.rate;
        let ends_ms = began_at_ms?.saturating_add(window_ms);
        (is_on && count >= max && now_ms <= ends_ms).then(|| (ends_ms - now_ms).max(0) + 1)
    }
}
