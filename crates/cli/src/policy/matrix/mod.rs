//! `portcullis policy matrix`: who may do what, as a table.

mod html;
mod markdown;

use std::process::ExitCode;

use portcullis_core::policy::{Depth, Effect, Permission, PermissionId, Policy, RoleId, Rule};

use super::model::Model;
use super::output;
use super::source::Source;

/// Print who may do what as a table, in Markdown or as one HTML page.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A file, or the name of a shipped policy.
    policy: String,
    /// How it is written.
    #[arg(long, value_enum, default_value = "markdown")]
    format: Format,
    /// What roles come to in a scope of this level, when they are granted there; without it, what
    /// the policy lists.
    #[arg(long, value_name = "LEVEL")]
    scope: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// A table for documents and pull requests.
    Markdown,
    /// One page that needs nothing else, for phones and desktops, light and dark.
    Html,
}

pub(super) fn run(args: &Args) -> Result<ExitCode, String> {
    let source = Source::read(&args.policy).map_err(|refusal| refusal.to_string())?;
    let policy = &source.policy;
    let scope = args.scope.as_deref().map(|level| {
        policy.depth(level).ok_or_else(|| {
            let levels = policy.levels().join(", ");
            format!("the policy has no scope level `{level}`; it has: {levels}")
        })
    });
    let matrix = Matrix::new(policy, scope.transpose()?);
    output::text(&match args.format {
        Format::Markdown => markdown::write(&matrix),
        Format::Html => html::write(&matrix),
    });
    Ok(ExitCode::SUCCESS)
}

/// The table.
struct Matrix<'p> {
    policy: &'p Policy,
    /// The level that it is about, when it is about one.
    level: Option<&'p str>,
    columns: Vec<Column>,
    rows: Vec<Row<'p>>,
    /// Roles left out, because they can't be granted at the level.
    left_out: Vec<&'p str>,
}

/// Somebody.
struct Column {
    /// A role's name, or words.
    name: String,
    is_role: bool,
    /// What people call it, where that is something else.
    label: String,
    /// What there is to know beside the permissions.
    about: Vec<String>,
}

/// A permission.
struct Row<'p> {
    permission: &'p Permission,
    tier: Option<&'p str>,
    cells: Vec<Cell>,
    /// Deny rules about it, each with whom it is for.
    unless: Vec<String>,
}

/// What somebody may do.
#[derive(Debug, PartialEq, Eq)]
enum Cell {
    /// Nothing.
    No,
    /// It is listed.
    Yes,
    /// As a superuser, from this level down.
    Superuser(String),
    /// By rules: those that hold always, and those with a condition.
    Rules(Vec<String>),
}

impl<'p> Matrix<'p> {
    fn new(policy: &'p Policy, scope: Option<Depth>) -> Self {
        let model = Model::new(policy);
        let (mut shown, mut left_out) = (Vec::new(), Vec::new());
        for (id, role) in model.roles() {
            match scope {
                Some(depth) if !role.may_be_granted_at(depth) => left_out.push(role.name.as_str()),
                _ => shown.push(id),
            }
        }
        let kinds = kinds(&model, &shown);
        let columns = kinds.iter().map(|kind| column(&model, *kind)).collect();
        let permissions = (0..).zip(policy.permissions());
        let rows = permissions
            .map(|(id, permission)| Row {
                permission,
                tier: permission
                    .tier
                    .and_then(|rank| policy.tiers().get(usize::from(rank)))
                    .map(|tier| tier.label.as_str()),
                cells: kinds
                    .iter()
                    .map(|kind| cell(&model, *kind, id, permission, scope))
                    .collect(),
                unless: unless(&model, permission),
            })
            .collect();
        Self {
            policy,
            level: scope.map(|depth| model.level_name(depth)),
            columns,
            rows,
            left_out,
        }
    }

    fn has_tiers(&self) -> bool {
        self.rows.iter().any(|row| row.tier.is_some())
    }

    fn has_cells(&self, is_such: impl Fn(&Cell) -> bool) -> bool {
        self.rows.iter().flat_map(|row| &row.cells).any(is_such)
    }

    fn has_denials(&self) -> bool {
        self.rows.iter().any(|row| !row.unless.is_empty())
    }

    /// `field-ops 1.0.0`.
    fn title(&self) -> String {
        let version = &self.policy.document().version;
        format!("{} {version}", self.policy.name())
            .trim_end()
            .to_owned()
    }

    fn subtitle(&self) -> String {
        match self.level {
            Some(level) => format!("What roles granted at the level `{level}` come to there."),
            None if self.policy.levels().len() > 1 => {
                "What the policy lists. A role counts in the scope where it is granted, and in \
                 every scope inside it."
                    .to_owned()
            }
            None => "What the policy lists.".to_owned(),
        }
    }
}

/// Whom a column is about.
#[derive(Clone, Copy)]
enum Kind {
    Role(RoleId),
    Owner,
    Member,
    Everyone,
}

fn kinds(model: &Model<'_>, roles: &[RoleId]) -> Vec<Kind> {
    let mut kinds: Vec<_> = roles.iter().copied().map(Kind::Role).collect();
    if model.policy.tenants().is_some() {
        kinds.extend([Kind::Owner, Kind::Member]);
    }
    let is_for_all = |rule: &Rule| rule.effect == Effect::Allow && rule.roles.is_none();
    if model.rules().any(|(_, rule)| is_for_all(rule)) {
        kinds.push(Kind::Everyone);
    }
    kinds
}

fn column(model: &Model<'_>, kind: Kind) -> Column {
    let fixed = |name: &str| Column {
        name: name.to_owned(),
        is_role: false,
        label: String::new(),
        about: Vec::new(),
    };
    match kind {
        Kind::Owner => fixed("owner of the tenant"),
        Kind::Member => fixed("member of the tenant"),
        Kind::Everyone => fixed("everyone"),
        Kind::Role(id) => {
            let Some((role, written)) = model
                .policy
                .role(id)
                .zip(model.policy.document().roles.get(usize::from(id)))
            else {
                return fixed("");
            };
            let mut about = Vec::new();
            if role.level > 0 {
                about.push(format!("level {}", role.level));
            }
            if !written.inherits.is_empty() {
                about.push(format!("inherits {}", written.inherits.join(", ")));
            }
            if let Some(levels) = &written.grant_at {
                about.push(format!("granted at {}", levels.join(", ")));
            }
            if let Some(level) = &written.superuser_at {
                about.push(format!("may do everything from {level} down"));
            }
            Column {
                name: role.name.clone(),
                is_role: true,
                label: if role.label == role.name {
                    String::new()
                } else {
                    role.label.clone()
                },
                about,
            }
        }
    }
}

fn cell(
    model: &Model<'_>,
    kind: Kind,
    id: PermissionId,
    permission: &Permission,
    scope: Option<Depth>,
) -> Cell {
    let tenants = model.policy.document().tenants.as_ref();
    let listed = match kind {
        Kind::Role(role) => model.permissions(role).contains(&id),
        Kind::Owner => tenants.is_some_and(|lists| lists.owner.contains(&permission.name)),
        Kind::Member => tenants.is_some_and(|lists| lists.member.contains(&permission.name)),
        Kind::Everyone => false,
    };
    if listed {
        return Cell::Yes;
    }
    if let Kind::Role(role) = kind {
        let granted = scope.unwrap_or(0);
        let from = model
            .superuser_from(role, granted)
            .filter(|from| scope.is_none_or(|asked| asked >= *from));
        if let Some(depth) = from {
            return Cell::Superuser(model.level_name(depth).to_owned());
        }
    }
    let rules = permission
        .allow_rules
        .iter()
        .filter_map(|rule| model.policy.rule(*rule))
        .filter(|rule| match kind {
            Kind::Role(role) => rule.roles.is_some() && model.rule_is_for(rule, role),
            Kind::Everyone => rule.roles.is_none(),
            Kind::Owner | Kind::Member => false,
        });
    let names: Vec<_> = rules.map(|rule| rule_text(model, rule)).collect();
    if names.is_empty() {
        Cell::No
    } else {
        Cell::Rules(names)
    }
}

/// `if own-records`, or `always-open` for a rule without a condition; with its fields.
fn rule_text(model: &Model<'_>, rule: &Rule) -> String {
    let condition = if rule.when_text.is_empty() {
        "by "
    } else {
        "if "
    };
    let tiers = model.policy.tiers();
    let tier = rule.tier.and_then(|rank| tiers.get(usize::from(rank)));
    let tier = tier.map_or_else(String::new, |tier| format!(" from {}", tier.label));
    let fields = fields_text(model, rule);
    format!("{condition}{}{tier}{fields}", rule.name)
}

fn fields_text(model: &Model<'_>, rule: &Rule) -> String {
    let Some(fields) = &rule.fields else {
        return String::new();
    };
    let resource = model.policy.resource(rule.resource);
    let names: Vec<_> = fields
        .iter()
        .filter_map(|id| Some(resource?.field(*id)?.name.as_str()))
        .collect();
    format!(" ({} only)", names.join(", "))
}

fn unless(model: &Model<'_>, permission: &Permission) -> Vec<String> {
    let rules = permission.deny_rules.iter();
    rules
        .filter_map(|rule| model.policy.rule(*rule))
        .map(|rule| {
            let holders = rule.roles.iter().flatten();
            let names: Vec<_> = holders.map(|role| model.role_name(*role)).collect();
            let whom = if names.is_empty() {
                String::new()
            } else {
                format!(" for {}", names.join(", "))
            };
            format!("{}{}{whom}", rule.name, fields_text(model, rule))
        })
        .collect()
}
