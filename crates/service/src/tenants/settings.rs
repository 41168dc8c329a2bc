//! What the operator chooses about tenants.

use std::collections::BTreeMap;

use super::access::{Access, Group};

/// Who may do what with tenants, apart from the policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RbacSettings {
    /// Whether permissions may be made, changed and deleted at run time.
    pub permission_writes: bool,
    /// What owners of a tenant may put into its roles.
    pub owners_grant: OwnersGrant,
    named: BTreeMap<(Group, Access), String>,
}

/// What owners of a tenant may put into its roles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum OwnersGrant {
    /// Every permission there is.
    #[default]
    Any,
    /// Those that they hold in the tenant themselves, as everybody else.
    Held,
}

impl RbacSettings {
    /// The permission that takes the place of being owner or member, if the operator named one.
    #[must_use]
    pub fn named(&self, group: Group, access: Access) -> Option<&str> {
        self.named.get(&(group, access)).map(String::as_str)
    }

    /// Reads which permissions are needed: `{"roles.write":"role:manage"}`. A permission that the
    /// policy doesn't have is nobody's.
    ///
    /// # Errors
    /// A sentence: the text isn't a JSON object of texts, or has a key that isn't one of the groups.
    pub fn set_authorization(&mut self, json: &str) -> Result<(), String> {
        let shape = "write it as `{\"roles.write\":\"role:manage\"}`";
        let members: BTreeMap<String, String> = serde_json::from_str(json)
            .map_err(|error| format!("it isn't a JSON object of texts ({error}); {shape}"))?;
        for (key, permission) in members {
            let place = place(&key).ok_or_else(|| {
                format!("there is no `{key}`; there are: {}", places().join(", "))
            })?;
            self.named.insert(place, permission);
        }
        Ok(())
    }

    /// Reads what owners may put into roles: `any` or `held`.
    ///
    /// # Errors
    /// A sentence for other text.
    pub fn set_owners_grant(&mut self, text: &str) -> Result<(), String> {
        self.owners_grant = match text.trim() {
            "any" => OwnersGrant::Any,
            "held" => OwnersGrant::Held,
            other => return Err(format!("`{other}` is neither `any` nor `held`")),
        };
        Ok(())
    }

    /// Reads whether permissions may be written: `on` or `off`, `true` or `false`, `1` or `0`.
    ///
    /// # Errors
    /// A sentence for other text.
    pub fn set_permission_writes(&mut self, text: &str) -> Result<(), String> {
        self.permission_writes = match text.trim() {
            "on" | "true" | "1" => true,
            "off" | "false" | "0" | "" => false,
            other => return Err(format!("`{other}` is neither `on` nor `off`")),
        };
        Ok(())
    }
}

fn places() -> Vec<String> {
    let accesses = [Access::Read, Access::Write];
    Group::ALL
        .iter()
        .flat_map(|group| accesses.map(|access| format!("{}.{}", group.as_str(), access.as_str())))
        .collect()
}

fn place(key: &str) -> Option<(Group, Access)> {
    let (group, access) = key.split_once('.')?;
    let group = Group::ALL.into_iter().find(|one| one.as_str() == group)?;
    let access = [Access::Read, Access::Write]
        .into_iter()
        .find(|one| one.as_str() == access)?;
    Some((group, access))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_permission_is_named_for_a_group_and_an_access_and_for_nothing_else() {
        let mut settings = RbacSettings::default();
        settings
            .set_authorization(r#"{"roles.write":"role:manage","memberRoles.read":"role:read"}"#)
            .unwrap();
        assert_eq!(
            settings.named(Group::Roles, Access::Write),
            Some("role:manage")
        );
        assert_eq!(settings.named(Group::Roles, Access::Read), None);
        assert_eq!(
            settings.named(Group::MemberRoles, Access::Read),
            Some("role:read")
        );
    }

    #[test]
    fn keys_that_there_are_not_and_other_json_are_refused_with_what_there_is() {
        let mut settings = RbacSettings::default();
        let error = settings
            .set_authorization(r#"{"role.write":"a:b"}"#)
            .unwrap_err();
        assert!(error.contains("there is no `role.write`"), "{error}");
        assert!(error.contains("roles.write"), "{error}");
        for text in ["", "[]", r#"{"roles.write":true}"#] {
            assert!(settings.set_authorization(text).is_err(), "{text}");
        }
    }

    #[test]
    fn switches_are_words_and_other_words_are_refused() {
        let mut settings = RbacSettings::default();
        for (text, expected) in [("on", true), ("off", false), ("1", true), ("", false)] {
            settings.set_permission_writes(text).unwrap();
            assert_eq!(settings.permission_writes, expected);
        }
        assert!(settings.set_permission_writes("yes please").is_err());
        settings.set_owners_grant("held").unwrap();
        assert_eq!(settings.owners_grant, OwnersGrant::Held);
        assert!(settings.set_owners_grant("all").is_err());
    }
}
