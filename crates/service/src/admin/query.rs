//! What a list of accounts is searched, filtered and ordered by.

use super::fold::fold;
use super::time::parse_time;

/// Something of an account that lists are filtered and ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// When its ban ends.
    BanExpires,
    /// Why it is banned.
    BanReason,
    /// Whether it is banned.
    Banned,
    /// When it was made.
    CreatedAt,
    /// Whether an operator disabled it.
    Disabled,
    /// Its address.
    Email,
    /// Whether the address was confirmed.
    EmailVerified,
    /// Its id.
    Id,
    /// Its picture.
    Image,
    /// Its name, without case and accents.
    Name,
    /// The roles that it holds everywhere.
    Role,
    /// Its tier.
    Tier,
    /// When it was last changed.
    UpdatedAt,
}

/// What values of a field are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Yes or no.
    Flag,
    /// Text.
    Text,
    /// A time, Unix milliseconds.
    Time,
}

impl Field {
    /// Every field.
    pub const ALL: [Self; 13] = [
        Self::BanExpires,
        Self::BanReason,
        Self::Banned,
        Self::CreatedAt,
        Self::Disabled,
        Self::Email,
        Self::EmailVerified,
        Self::Id,
        Self::Image,
        Self::Name,
        Self::Role,
        Self::Tier,
        Self::UpdatedAt,
    ];

    /// The name on the wire.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BanExpires => "banExpires",
            Self::BanReason => "banReason",
            Self::Banned => "banned",
            Self::CreatedAt => "createdAt",
            Self::Disabled => "disabled",
            Self::Email => "email",
            Self::EmailVerified => "emailVerified",
            Self::Id => "id",
            Self::Image => "image",
            Self::Name => "name",
            Self::Role => "role",
            Self::Tier => "tier",
            Self::UpdatedAt => "updatedAt",
        }
    }

    /// The field of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == name)
    }

    /// What its values are.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Self::BanExpires | Self::CreatedAt | Self::UpdatedAt => Kind::Time,
            Self::Banned | Self::Disabled | Self::EmailVerified => Kind::Flag,
            Self::BanReason
            | Self::Email
            | Self::Id
            | Self::Image
            | Self::Name
            | Self::Role
            | Self::Tier => Kind::Text,
        }
    }
}

/// How a text is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Match {
    /// Anywhere in it.
    Contains,
    /// At its end.
    EndsWith,
    /// At its beginning.
    StartsWith,
}

/// Where a text is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SearchField {
    /// In addresses.
    Email,
    /// In names.
    Name,
}

/// A text that is searched for, as it is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// Where.
    pub field: SearchField,
    /// How.
    pub how: Match,
    /// What, folded as the field is.
    pub text: String,
}

impl Search {
    /// A search for what somebody typed.
    #[must_use]
    pub fn new(field: SearchField, how: Match, typed: &str) -> Self {
        let text = match field {
            SearchField::Email => typed.to_lowercase(),
            SearchField::Name => fold(typed),
        };
        Self { field, how, text }
    }
}

/// How a field is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// The same.
    Eq,
    /// More.
    Gt,
    /// More or the same.
    Gte,
    /// One of several.
    In,
    /// Less.
    Lt,
    /// Less or the same.
    Lte,
    /// A part of the text.
    Like(Match),
    /// Another.
    Ne,
    /// None of several.
    NotIn,
}

impl Operator {
    /// The operator of a name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "eq" => Self::Eq,
            "ne" => Self::Ne,
            "lt" => Self::Lt,
            "lte" => Self::Lte,
            "gt" => Self::Gt,
            "gte" => Self::Gte,
            "in" => Self::In,
            "not_in" => Self::NotIn,
            "contains" => Self::Like(Match::Contains),
            "starts_with" => Self::Like(Match::StartsWith),
            "ends_with" => Self::Like(Match::EndsWith),
            _ => return None,
        })
    }
}

/// A value that a field is compared with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparand {
    /// A flag or a time.
    Integer(i64),
    /// Text.
    Text(String),
}

/// A comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    /// What is compared.
    pub field: Field,
    /// How.
    pub operator: Operator,
    /// With what; several for [`Operator::In`] and [`Operator::NotIn`], else one.
    pub values: Vec<Comparand>,
}

impl Filter {
    /// A comparison with what a query says; `None` for values that the field can't have.
    ///
    /// A flag is compared to `value === "true"`, times are numbers of milliseconds or RFC 3339.
    #[must_use]
    pub fn new(field: Field, operator: Operator, values: &[String]) -> Option<Self> {
        let values: Option<Vec<Comparand>> = values
            .iter()
            .map(|text| match field.kind() {
                Kind::Flag => Some(Comparand::Integer((text == "true").into())),
                Kind::Time => parse_time(text).map(Comparand::Integer),
                Kind::Text if field == Field::Name => Some(Comparand::Text(fold(text))),
                Kind::Text if field == Field::Email => Some(Comparand::Text(text.to_lowercase())),
                Kind::Text => Some(Comparand::Text(text.clone())),
            })
            .collect();
        let values = values.filter(|values| !values.is_empty())?;
        let is_text = field.kind() == Kind::Text;
        if matches!(operator, Operator::Like(_)) && !is_text {
            return None;
        }
        Some(Self {
            field,
            operator,
            values,
        })
    }
}

/// An order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub field: Field,
    /// Whether the greatest come first.
    pub descending: bool,
}
