//! From a test file to cases that can be decided.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};

use portcullis_core::decide::{Code, Principal, Request};
use portcullis_core::policy::Position;
use serde_json::Value;
use toml::Spanned;

use super::super::explain;
use super::super::source::{self, Source};
use super::case::{Change, Expected, RawCase, RawFile, RawPrincipal, RawTable, Who};
use crate::unread::unread;

/// A test file with its policy.
pub(super) struct Suite {
    pub(super) path: PathBuf,
    pub(super) source: Source,
    pub(super) cases: Vec<Case>,
}

/// A case, complete.
pub(super) struct Case {
    pub(super) name: String,
    pub(super) line: u32,
    /// What the principal is called.
    pub(super) who: String,
    pub(super) principal: Principal,
    pub(super) request: Request,
    pub(super) expect: Expected,
    pub(super) code: Option<String>,
    pub(super) clause: Option<String>,
    /// Sets of changes in words, each sorted, the sets sorted.
    pub(super) missing: Option<Vec<Vec<String>>>,
    pub(super) now: u64,
    pub(super) scopes: Option<Vec<String>>,
}

impl Suite {
    /// Reads a test file and the policy that it names.
    ///
    /// # Errors
    /// A sentence with the place of what is wrong.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let shown = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| format!("can't read `{shown}`: {}", unread(&error)))?;
        let raw: RawFile = toml::from_str(&text).map_err(|error| {
            let at = error.span().map(|span| place(&text, &span));
            let message = error.message().replace('\n', "; ");
            match at {
                Some(at) => format!("{shown}:{at}: {message}"),
                None => format!("{shown}: {message}"),
            }
        })?;
        let reader = Reader {
            text: &text,
            now: raw.now.unwrap_or(0),
            scopes: raw.scopes,
            principals: raw.principals,
            source: policy_of(path, &text, &raw.policy)?,
        };
        let mut cases = Vec::new();
        for case in raw.case {
            cases.push(
                reader
                    .case(case)
                    .map_err(|problem| format!("{shown}:{problem}"))?,
            );
        }
        for table in raw.table {
            let more = reader.table(table);
            cases.extend(more.map_err(|problem| format!("{shown}:{problem}"))?);
        }
        cases.sort_by_key(|case| case.line);
        Ok(Self {
            path: path.to_owned(),
            source: reader.source,
            cases,
        })
    }

    /// What tells policies apart, however the test files name them.
    pub(super) fn policy_key(&self) -> String {
        let path = std::fs::canonicalize(&self.source.name);
        path.map_or_else(
            |_| self.source.name.clone(),
            |path| path.display().to_string(),
        )
    }
}

/// The files that a run of a test file depends on.
pub(super) fn files_of(path: &Path) -> Vec<PathBuf> {
    #[derive(serde::Deserialize)]
    struct Head {
        policy: String,
    }
    let mut files = vec![path.to_owned()];
    let head = std::fs::read_to_string(path)
        .ok()
        .and_then(|text| toml::from_str::<Head>(&text).ok());
    files.extend(head.map(|head| beside(path, &head.policy)));
    files
}

fn beside(path: &Path, name: &str) -> PathBuf {
    path.parent().unwrap_or(Path::new("")).join(name)
}

fn policy_of(path: &Path, text: &str, name: &Spanned<String>) -> Result<Source, String> {
    let file = beside(path, name.get_ref());
    let named = if !file.exists() && source::is_shipped(name.get_ref()) {
        name.get_ref().clone()
    } else {
        file.display().to_string()
    };
    if !file.exists() && !source::is_shipped(name.get_ref()) {
        let at = place(text, &name.span());
        let shown = path.display();
        return Err(format!("{shown}:{at}: there is no policy `{named}`"));
    }
    Source::read(&named).map_err(|refusal| refusal.to_string())
}

struct Reader<'t> {
    text: &'t str,
    now: u64,
    scopes: Option<Vec<String>>,
    principals: BTreeMap<String, RawPrincipal>,
    source: Source,
}

impl Reader<'_> {
    fn case(&self, raw: Spanned<RawCase>) -> Result<Case, String> {
        let line = place(self.text, &raw.span()).line;
        let raw = raw.into_inner();
        let (who, principal) = self.principal(&raw.principal)?;
        if let Some(code) = &raw.code {
            self.known_code(code, raw.expect)?;
        }
        Ok(Case {
            name: raw.name,
            line,
            who,
            principal,
            request: raw.request,
            expect: raw.expect,
            code: raw.code.map(Spanned::into_inner),
            clause: raw.clause,
            missing: raw.missing.map(in_words),
            now: raw.now.unwrap_or(self.now),
            scopes: raw.scopes.or_else(|| self.scopes.clone()),
        })
    }

    /// One case for every permission, and one for every app.
    fn table(&self, raw: Spanned<RawTable>) -> Result<Vec<Case>, String> {
        let at = place(self.text, &raw.span());
        let raw = raw.into_inner();
        if raw.allow.is_none() && raw.apps.is_none() {
            return Err(format!("{at}: a table has `allow` or `apps`"));
        }
        let (who, principal) = self.principal(&raw.principal)?;
        let policy = &self.source.policy;
        let mut requests = Vec::new();
        if let Some(allow) = &raw.allow {
            self.known("permission", allow, |name| {
                policy.permission_id(name).is_some()
            })?;
            for permission in policy.permissions() {
                let request = Request {
                    permission: Some(permission.name.clone()),
                    scope: raw.scope.clone(),
                    tenant: raw.tenant.clone(),
                    ..Request::default()
                };
                requests.push((&permission.name, request, has(allow, &permission.name)));
            }
        }
        if let Some(apps) = &raw.apps {
            self.known("app", apps, |name| policy.app_id(name).is_some())?;
            for app in policy.apps() {
                let request = Request {
                    app: Some(app.name.clone()),
                    ..Request::default()
                };
                requests.push((&app.name, request, has(apps, &app.name)));
            }
        }
        let cases = requests
            .into_iter()
            .map(|(name, request, is_allowed)| Case {
                name: format!("{}: {name}", raw.name),
                line: at.line,
                who: who.clone(),
                principal: principal.clone(),
                request,
                expect: if is_allowed {
                    Expected::Allow
                } else {
                    Expected::Deny
                },
                code: None,
                clause: None,
                missing: None,
                now: raw.now.unwrap_or(self.now),
                scopes: raw.scopes.clone().or_else(|| self.scopes.clone()),
            });
        Ok(cases.collect())
    }

    fn principal(&self, who: &Spanned<Who>) -> Result<(String, Principal), String> {
        match who.get_ref() {
            Who::Principal(raw) => {
                let principal = raw.as_ref().clone().named("someone");
                Ok((principal.id.clone(), principal))
            }
            Who::Name(name) => {
                if let Some(raw) = self.principals.get(name) {
                    return Ok((name.clone(), raw.clone().named(name)));
                }
                let known: Vec<_> = self.principals.keys().map(String::as_str).collect();
                let known = if known.is_empty() {
                    "none".to_owned()
                } else {
                    known.join(", ")
                };
                let at = place(self.text, &who.span());
                Err(format!(
                    "{at}: no principal is named `{name}`; there are: {known}"
                ))
            }
        }
    }

    fn known_code(&self, code: &Spanned<String>, expect: Expected) -> Result<(), String> {
        let at = place(self.text, &code.span());
        let name = code.get_ref();
        let known = Code::ALL.into_iter().find(|known| known.as_str() == name);
        match known {
            None => Err(format!("{at}: there is no code `{name}`")),
            Some(known) if known.allows() != (expect == Expected::Allow) => Err(format!(
                "{at}: `{name}` is never the code of an {}",
                if known.allows() {
                    "answer that denies"
                } else {
                    "answer that allows"
                }
            )),
            Some(_) => Ok(()),
        }
    }

    fn known(
        &self,
        what: &str,
        names: &[Spanned<String>],
        is_known: impl Fn(&str) -> bool,
    ) -> Result<(), String> {
        match names.iter().find(|name| !is_known(name.get_ref())) {
            None => Ok(()),
            Some(name) => {
                let at = place(self.text, &name.span());
                Err(format!(
                    "{at}: the policy has no {what} `{}`",
                    name.get_ref()
                ))
            }
        }
    }
}

fn has(names: &[Spanned<String>], name: &str) -> bool {
    names.iter().any(|one| one.get_ref() == name)
}

/// Sets of changes in words, in an order of their own, to be compared.
pub(super) fn sorted(mut sets: Vec<Vec<String>>) -> Vec<Vec<String>> {
    for set in &mut sets {
        set.sort();
    }
    sets.sort();
    sets
}

fn in_words(sets: Vec<Vec<Change>>) -> Vec<Vec<String>> {
    let words = |change: Change| match change {
        Change::Words(words) => words,
        Change::Members(members) => explain::change(&Value::Object(members)),
    };
    sorted(
        sets.into_iter()
            .map(|set| set.into_iter().map(words).collect())
            .collect(),
    )
}

/// The place of a span in the text; lines and columns from 1, columns in characters.
fn place(text: &str, span: &Range<usize>) -> Position {
    let before = text.get(..span.start).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    Position {
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: u32::try_from(column).unwrap_or(u32::MAX),
    }
}
