//! Why a decision came out as it did, in words that never change.

/// The reason of a verdict.
///
/// [`Self::as_str`] is the stable text on the wire; new reasons may be added, none is renamed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
#[non_exhaustive]
pub enum Code {
    /// Allowed: a role that the permission lists is granted at the scope or above it.
    RoleGranted = 0,
    /// Allowed: a role that may do everything at the scope is granted there or above.
    Superuser = 1,
    /// Allowed: the principal's tier is high enough.
    TierSufficient = 2,
    /// Allowed: being owner or member of the tenant, or a role in it, carries the permission.
    TenantGranted = 3,
    /// Allowed: a rule allows it.
    RuleAllowed = 4,
    /// Denied: no role that would allow it is held anywhere.
    NoRole = 16,
    /// Denied: a role that would allow it is held, but at another scope.
    OutOfScope = 17,
    /// Denied: a higher tier is required.
    TierTooLow = 18,
    /// Denied: the principal's tier isn't one of the policy's.
    PrincipalTierUnknown = 19,
    /// Denied: what is known of the principal has expired.
    PrincipalExpired = 20,
    /// Denied: a rule denies it.
    DeniedByRule = 21,
    /// Denied: a rule would allow it, but its condition doesn't hold.
    ConditionUnmet = 22,
    /// Denied: a condition couldn't be evaluated, for lack of a record or a value.
    EvaluationFailed = 23,
    /// Denied: not every field that was asked for is allowed.
    FieldDenied = 24,
    /// Denied: the account that it is about has a role that the principal doesn't manage.
    LevelTooLow = 25,
    /// Denied: the caller came with a credential that isn't for this. Not a decision of a policy: a host
    /// that lets such credentials in says so before it asks one.
    OutsideKey = 26,
    /// Denied: the policy has no such permission.
    UnknownPermission = 32,
    /// Denied: the policy has no such app.
    UnknownApp = 33,
    /// Denied: the policy has no such tier.
    UnknownTier = 34,
    /// Denied: the policy has no such scope level.
    UnknownScopeLevel = 35,
    /// Denied: the scope isn't written as a scope.
    MalformedScope = 36,
    /// Denied: the request asks for nothing, or for several things at once.
    MalformedRequest = 37,
    /// Denied: the directory lists no such scope.
    UnknownScope = 38,
    /// Denied: the directory lists no such tenant, or the policy has none.
    UnknownTenant = 39,
    /// Denied: the policy has no such role, or no such scope for it.
    UnknownRole = 40,
    /// Denied: the resource has no such field.
    UnknownField = 41,
}

impl Code {
    /// Every code, in the order of its number.
    pub const ALL: [Self; 26] = [
        Self::RoleGranted,
        Self::Superuser,
        Self::TierSufficient,
        Self::TenantGranted,
        Self::RuleAllowed,
        Self::NoRole,
        Self::OutOfScope,
        Self::TierTooLow,
        Self::PrincipalTierUnknown,
        Self::PrincipalExpired,
        Self::DeniedByRule,
        Self::ConditionUnmet,
        Self::EvaluationFailed,
        Self::FieldDenied,
        Self::LevelTooLow,
        Self::OutsideKey,
        Self::UnknownPermission,
        Self::UnknownApp,
        Self::UnknownTier,
        Self::UnknownScopeLevel,
        Self::MalformedScope,
        Self::MalformedRequest,
        Self::UnknownScope,
        Self::UnknownTenant,
        Self::UnknownRole,
        Self::UnknownField,
    ];

    /// Whether the code is an allow; the numbers below 16 are.
    #[must_use]
    #[inline]
    pub const fn allows(self) -> bool {
        (self as u8) < 16
    }

    /// The stable text of this code.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::RoleGranted => "role_granted",
            Self::Superuser => "superuser",
            Self::TierSufficient => "tier_sufficient",
            Self::TenantGranted => "tenant_granted",
            Self::RuleAllowed => "rule_allowed",
            Self::NoRole => "no_role",
            Self::OutOfScope => "out_of_scope",
            Self::TierTooLow => "tier_too_low",
            Self::PrincipalTierUnknown => "principal_tier_unknown",
            Self::PrincipalExpired => "principal_expired",
            Self::DeniedByRule => "denied_by_rule",
            Self::ConditionUnmet => "condition_unmet",
            Self::EvaluationFailed => "evaluation_failed",
            Self::FieldDenied => "field_denied",
            Self::LevelTooLow => "level_too_low",
            Self::OutsideKey => "outside_key",
            Self::UnknownPermission => "unknown_permission",
            Self::UnknownApp => "unknown_app",
            Self::UnknownTier => "unknown_tier",
            Self::UnknownScopeLevel => "unknown_scope_level",
            Self::MalformedScope => "malformed_scope",
            Self::MalformedRequest => "malformed_request",
            Self::UnknownScope => "unknown_scope",
            Self::UnknownTenant => "unknown_tenant",
            Self::UnknownRole => "unknown_role",
            Self::UnknownField => "unknown_field",
        }
    }
}

impl core::fmt::Display for Code {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}
