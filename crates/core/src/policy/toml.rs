//! Reads a policy written as TOML, keeping the place of every clause.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::ops::Range;

use ::toml::de::{DeTable, DeValue};

use super::names::{MAX_POLICY_BYTES, nearest};
use super::{
    AppDocument, Document, FORMAT, PermissionDocument, Policy, PolicyError, PolicyErrorKind,
    Position, RoleDocument, ScopeDocument, TierDocument,
};

/// Reads and compiles a policy file.
///
/// # Errors
/// A [`PolicyError`] with line and column: not TOML, an unknown key (with the nearest known one),
/// a value of the wrong type, or anything that [`Policy::compile`] refuses.
pub fn parse(text: &str) -> Result<Policy, PolicyError> {
    Policy::compile(parse_document(text)?)
}

/// Reads a policy file without checking how its parts fit together.
///
/// # Errors
/// As [`parse`], for the shape of the file alone.
pub fn parse_document(text: &str) -> Result<Document, PolicyError> {
    if text.len() > MAX_POLICY_BYTES {
        return Err(PolicyErrorKind::TooMany {
            what: "bytes in a policy file",
            max: MAX_POLICY_BYTES,
        }
        .at(None));
    }
    let root = DeTable::parse(text).map_err(|error| {
        let at = error.span().map(|span| Position::of(text, span.start));
        PolicyErrorKind::Syntax {
            message: error.message().replace('\n', "; "),
        }
        .at(at)
    })?;
    let mut root = Table::new(text, "", root.get_ref(), root.span());
    let document = Document {
        format: FORMAT.to_string(),
        name: root
            .string("name")?
            .ok_or_else(|| root.missing("name", "it says which policy a decision came from"))?,
        version: root.string("version")?.unwrap_or_default(),
        scopes: scopes(&mut root)?,
        roles: roles(&mut root)?,
        permissions: permissions(&mut root)?,
        tiers: tiers(&mut root)?,
        default_tier: root.string("default_tier")?,
        apps: apps(&mut root)?,
    };
    root.finish(
        "`name`, `version`, `scopes`, `roles`, `permissions`, `tiers`, `default_tier` or `apps`",
    )?;
    Ok(document)
}

fn scopes(root: &mut Table<'_>) -> Result<Vec<ScopeDocument>, PolicyError> {
    let names = root.strings("scopes")?.unwrap_or_default();
    Ok(names
        .into_iter()
        .map(|(name, at)| ScopeDocument { name, at: Some(at) })
        .collect())
}

fn roles(root: &mut Table<'_>) -> Result<Vec<RoleDocument>, PolicyError> {
    let mut roles = Vec::new();
    for entry in root.entries("roles")? {
        let mut table = entry.table("a table such as `{ level = 1 }`")?;
        roles.push(RoleDocument {
            name: entry.name.to_string(),
            label: table.string("label")?.unwrap_or_default(),
            level: table.number("level")?.unwrap_or(0),
            grant_at: table.strings("grant_at")?.map(without_places),
            superuser_at: table.string("superuser_at")?,
            at: Some(entry.at),
        });
        table.finish("`label`, `level`, `grant_at` or `superuser_at`")?;
    }
    Ok(roles)
}

fn permissions(root: &mut Table<'_>) -> Result<Vec<PermissionDocument>, PolicyError> {
    const SHAPE: &str = "a list of roles, or a table with `roles`, `tier` and `label`";
    let mut permissions = Vec::new();
    for entry in root.entries("permissions")? {
        let mut permission = PermissionDocument {
            name: entry.name.to_string(),
            label: String::new(),
            roles: Vec::new(),
            tier: None,
            at: Some(entry.at),
        };
        if matches!(entry.value, DeValue::Array(_)) {
            permission.roles = without_places(entry.strings(SHAPE)?);
        } else {
            let mut table = entry.table(SHAPE)?;
            permission.roles = table.strings("roles")?.map(without_places).ok_or_else(|| {
                table.missing("roles", "a permission lists the roles that carry it")
            })?;
            permission.tier = table.string("tier")?;
            permission.label = table.string("label")?.unwrap_or_default();
            table.finish("`roles`, `tier` or `label`")?;
        }
        permissions.push(permission);
    }
    Ok(permissions)
}

fn tiers(root: &mut Table<'_>) -> Result<Vec<TierDocument>, PolicyError> {
    let mut tiers = Vec::new();
    for mut table in root.tables("tiers")? {
        tiers.push(TierDocument {
            name: table
                .string("name")?
                .ok_or_else(|| table.missing("name", "a tier has a name"))?,
            label: table.string("label")?.unwrap_or_default(),
            at: Some(table.position()),
        });
        table.finish("`name` or `label`")?;
    }
    Ok(tiers)
}

fn apps(root: &mut Table<'_>) -> Result<Vec<AppDocument>, PolicyError> {
    const SHAPE: &str = "the name of a tier, or a table with `tier` and `label`";
    let mut apps = Vec::new();
    for entry in root.entries("apps")? {
        let mut app = AppDocument {
            name: entry.name.to_string(),
            label: String::new(),
            tier: String::new(),
            at: Some(entry.at),
        };
        if let DeValue::String(tier) = entry.value {
            app.tier = tier.to_string();
        } else {
            let mut table = entry.table(SHAPE)?;
            app.tier = table
                .string("tier")?
                .ok_or_else(|| table.missing("tier", "an app names the tier that opens it"))?;
            app.label = table.string("label")?.unwrap_or_default();
            table.finish("`tier` or `label`")?;
        }
        apps.push(app);
    }
    Ok(apps)
}

fn without_places(names: Vec<(String, Position)>) -> Vec<String> {
    names.into_iter().map(|(name, _)| name).collect()
}

/// A TOML table that remembers which of its keys were read, so that the rest can be refused.
struct Table<'t> {
    text: &'t str,
    path: String,
    members: &'t DeTable<'t>,
    span: Range<usize>,
    read: Vec<&'static str>,
}

/// One member of a table whose keys are names.
struct Entry<'t> {
    text: &'t str,
    path: String,
    name: &'t str,
    at: Position,
    value: &'t DeValue<'t>,
    span: Range<usize>,
}

impl<'t> Table<'t> {
    fn new(text: &'t str, path: &str, table: &'t DeTable<'t>, span: Range<usize>) -> Self {
        Self {
            text,
            path: path.to_string(),
            members: table,
            span,
            read: Vec::new(),
        }
    }

    fn position(&self) -> Position {
        Position::of(self.text, self.span.start)
    }

    fn path_to(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_string()
        } else {
            alloc::format!("{}.{key}", self.path)
        }
    }

    fn missing(&self, key: &str, because: &'static str) -> PolicyError {
        PolicyErrorKind::Missing {
            path: self.path_to(key),
            because,
        }
        .at(Some(self.position()))
    }

    fn value(&mut self, key: &'static str) -> Option<(&'t DeValue<'t>, Range<usize>)> {
        self.read.push(key);
        self.members
            .iter()
            .find(|(name, _)| name.get_ref() == key)
            .map(|(_, value)| (value.get_ref(), value.span()))
    }

    fn wrong_type(&self, key: &str, span: &Range<usize>, expected: &'static str) -> PolicyError {
        wrong_type(self.text, self.path_to(key), span, expected)
    }

    fn string(&mut self, key: &'static str) -> Result<Option<String>, PolicyError> {
        match self.value(key) {
            None => Ok(None),
            Some((DeValue::String(text), _)) => Ok(Some(text.to_string())),
            Some((_, span)) => Err(self.wrong_type(key, &span, "a string")),
        }
    }

    fn number(&mut self, key: &'static str) -> Result<Option<u32>, PolicyError> {
        const SHAPE: &str = "a whole number from 0 to 4294967295";
        match self.value(key) {
            None => Ok(None),
            Some((DeValue::Integer(number), span)) => {
                u32::from_str_radix(number.as_str(), number.radix())
                    .map(Some)
                    .map_err(|_| self.wrong_type(key, &span, SHAPE))
            }
            Some((_, span)) => Err(self.wrong_type(key, &span, SHAPE)),
        }
    }

    fn strings(
        &mut self,
        key: &'static str,
    ) -> Result<Option<Vec<(String, Position)>>, PolicyError> {
        let text = self.text;
        let path = self.path_to(key);
        self.value(key)
            .map(|(value, span)| strings(text, &path, value, &span, "a list of names"))
            .transpose()
    }

    fn entries(&mut self, key: &'static str) -> Result<Vec<Entry<'t>>, PolicyError> {
        let Some((value, span)) = self.value(key) else {
            return Ok(Vec::new());
        };
        let DeValue::Table(table) = value else {
            return Err(self.wrong_type(key, &span, "a table"));
        };
        let mut members: Vec<_> = table.iter().collect();
        // The reader sorts by key; a policy keeps the order of its file.
        members.sort_by_key(|(name, _)| name.span().start);
        Ok(members
            .into_iter()
            .map(|(name, value)| Entry {
                text: self.text,
                path: alloc::format!("{}.{}", self.path_to(key), name.get_ref()),
                name: name.get_ref(),
                at: Position::of(self.text, name.span().start),
                value: value.get_ref(),
                span: value.span(),
            })
            .collect())
    }

    fn tables(&mut self, key: &'static str) -> Result<Vec<Table<'t>>, PolicyError> {
        const SHAPE: &str = "a list of tables, written `[[tiers]]`";
        let Some((value, span)) = self.value(key) else {
            return Ok(Vec::new());
        };
        let DeValue::Array(items) = value else {
            return Err(self.wrong_type(key, &span, SHAPE));
        };
        items
            .iter()
            .map(|item| match item.get_ref() {
                DeValue::Table(table) => Ok(Table::new(
                    self.text,
                    &self.path_to(key),
                    table,
                    item.span(),
                )),
                _ => Err(self.wrong_type(key, &item.span(), SHAPE)),
            })
            .collect()
    }

    /// Refuses keys that nothing asked for: a misspelt key must not silently mean its default.
    fn finish(self, expected: &'static str) -> Result<(), PolicyError> {
        let unknown = self
            .members
            .keys()
            .filter(|key| !self.read.iter().any(|read| read == key.get_ref()))
            .min_by_key(|key| key.span().start);
        unknown.map_or(Ok(()), |key| {
            let nearest = nearest(key.get_ref(), self.read.iter().copied());
            Err(PolicyErrorKind::UnknownKey {
                key: self.path_to(key.get_ref()),
                expected,
                nearest: nearest.map(ToString::to_string),
            }
            .at(Some(Position::of(self.text, key.span().start))))
        })
    }
}

impl<'t> Entry<'t> {
    fn table(&self, expected: &'static str) -> Result<Table<'t>, PolicyError> {
        match self.value {
            DeValue::Table(table) => {
                Ok(Table::new(self.text, &self.path, table, self.span.clone()))
            }
            _ => Err(wrong_type(
                self.text,
                self.path.clone(),
                &self.span,
                expected,
            )),
        }
    }

    fn strings(&self, expected: &'static str) -> Result<Vec<(String, Position)>, PolicyError> {
        strings(self.text, &self.path, self.value, &self.span, expected)
    }
}

fn strings(
    text: &str,
    path: &str,
    value: &DeValue<'_>,
    span: &Range<usize>,
    expected: &'static str,
) -> Result<Vec<(String, Position)>, PolicyError> {
    let DeValue::Array(items) = value else {
        return Err(wrong_type(text, path.to_string(), span, expected));
    };
    items
        .iter()
        .map(|item| match item.get_ref() {
            DeValue::String(name) => Ok((name.to_string(), Position::of(text, item.span().start))),
            _ => Err(wrong_type(text, path.to_string(), &item.span(), expected)),
        })
        .collect()
}

fn wrong_type(
    text: &str,
    path: String,
    span: &Range<usize>,
    expected: &'static str,
) -> PolicyError {
    PolicyErrorKind::WrongType { path, expected }.at(Some(Position::of(text, span.start)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refused(text: &str, code: &str, message: &str) {
        let error = parse(text).unwrap_err();
        assert_eq!(error.kind.code(), code);
        assert_eq!(error.to_string(), message);
    }

    #[test]
    fn clauses_keep_the_order_and_the_places_of_the_file() {
        let policy = parse("name = \"p\"\n[roles.Z]\n[roles.A]\nlevel = 2\n").unwrap();
        let places: Vec<_> = policy
            .roles()
            .iter()
            .map(|role| (role.name.as_str(), role.at.map(|at| (at.line, at.column))))
            .collect();
        assert_eq!(places, [("Z", Some((2, 8))), ("A", Some((3, 8)))]);
    }

    #[test]
    fn a_misspelt_key_is_refused_with_the_nearest_known_one() {
        refused(
            "name = \"p\"\n[roles.A]\nsuperuser_att = \"global\"\n",
            "policy_unknown_key",
            "3:1: unknown key `roles.A.superuser_att`; expected `label`, `level`, `grant_at` or \
             `superuser_at`; did you mean `superuser_at`?",
        );
    }

    #[test]
    fn an_unknown_role_is_refused_with_the_place_of_the_permission() {
        refused(
            "name = \"p\"\n[roles.ADMIN]\n[permissions]\n\"a:b\" = [\"ADMN\"]\n",
            "policy_unknown_name",
            "4:1: no role is named `ADMN`; did you mean `ADMIN`?",
        );
    }

    #[test]
    fn a_policy_with_tiers_must_name_its_default() {
        refused(
            "name = \"p\"\n[[tiers]]\nname = \"public\"\n",
            "policy_missing",
            "2:1: `default_tier` is missing; a policy with tiers names the tier of a principal \
             that has none",
        );
    }

    #[test]
    fn a_wrong_type_is_refused_at_the_place_of_the_value() {
        refused(
            "name = \"p\"\nscopes = \"state\"\n",
            "policy_wrong_type",
            "2:10: `scopes` must be a list of names",
        );
        refused(
            "name = \"p\"\n[roles.A]\nlevel = -1\n",
            "policy_wrong_type",
            "3:9: `roles.A.level` must be a whole number from 0 to 4294967295",
        );
    }

    #[test]
    fn text_that_is_not_toml_is_refused_with_its_place() {
        let error = parse("name = \n").unwrap_err();
        assert_eq!(error.kind.code(), "policy_syntax");
        assert_eq!(error.position.map(|at| at.line), Some(1));
    }

    #[test]
    fn a_name_defined_twice_or_malformed_is_refused() {
        refused(
            "name = \"p\"\nscopes = [\"a\", \"a\"]\n",
            "policy_duplicate",
            "2:16: scope level `a` is defined twice",
        );
        refused(
            "name = \"p\"\n[permissions]\nreveal = []\n",
            "policy_malformed_name",
            "3:1: `reveal` can't be the name of a permission; expected `noun:verb`, such as \
             `report:run`, at most 64 bytes",
        );
    }

    #[test]
    fn global_cannot_be_defined_as_a_level() {
        refused(
            "name = \"p\"\nscopes = [\"global\"]\n",
            "policy_duplicate",
            "2:11: scope level `global` is defined twice",
        );
    }

    #[test]
    fn the_json_form_compiles_to_the_same_digest_whatever_the_layout_was() {
        let a = parse("name = \"p\"\n[roles.A]\n").unwrap();
        let b = parse("# a comment\nname   = \"p\"\n\nroles = { A = {} }\n").unwrap();
        let c = Policy::parse_json(&a.document().to_json()).unwrap();
        assert_eq!(a.digest(), b.digest());
        assert_eq!(a.digest(), c.digest());
    }

    #[test]
    fn eight_scope_levels_are_accepted_and_nine_are_not() {
        let with = |count: usize| {
            let names: Vec<_> = (0..count).map(|n| alloc::format!("\"l{n}\"")).collect();
            parse(&alloc::format!(
                "name = \"p\"\nscopes = [{}]\n",
                names.join(",")
            ))
        };
        assert!(with(8).is_ok());
        assert_eq!(with(9).unwrap_err().kind.code(), "policy_too_many");
    }
}
