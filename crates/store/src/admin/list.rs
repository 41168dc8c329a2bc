//! Pages of accounts.
//!
//! A page is chosen from an index alone: rows are read for the accounts that it shows and no others,
//! unless it is ordered or filtered by something without an index.

use portcullis_service::StoreError;
use portcullis_service::admin::{
    Asked, Comparand, Field, Filter, Key, Kind, Match, Operator, Place, Search, SearchField,
};

use super::row::GRANTS;
use crate::{Row, Statement, Value, scopes};

/// A scope's own `level:id`: word for word what the indexes on `role_grant` are of.
const LEAF: &str = "substr(g.scope, 1 + length(rtrim(g.scope, replace(g.scope, '/', ''))))";

/// Beyond every text that begins alike.
const LAST: char = '\u{10ffff}';

/// Always a row, for how many accounts there are in all.
pub(super) fn page(asked: &Asked) -> Statement {
    let mut query = Query::default();
    let conditions = query.conditions(asked);
    let total = if asked.after.is_some() {
        "NULL AS total".to_owned()
    } else {
        format!("(SELECT count(*) FROM user u WHERE {conditions}) AS total")
    };
    let field = asked.sort.field;
    let key = query.expression(field, asked.now_ms);
    let direction = if asked.sort.descending { "DESC" } else { "ASC" };
    let behind = match &asked.after {
        None => "1".to_owned(),
        Some(place) => query.behind(&key, field, place, asked.sort.descending),
    };
    let order = |id: &str, key: &str| {
        if is_unique(field) {
            format!("{key} {direction}")
        } else {
            format!("{key} {direction}, {id} {direction}")
        }
    };
    let chosen = order("u.id", &key);
    let shown = order("u.id", "page.sort_key");
    let limit = query.bind(i64::from(asked.limit));
    let offset = query.bind(i64::from(asked.offset));
    Statement::new(
        format!(
            "WITH page AS MATERIALIZED (SELECT u.rowid AS place, {key} AS sort_key FROM user u \
             WHERE {conditions} AND {behind} ORDER BY {chosen} LIMIT {limit} OFFSET {offset}) \
             SELECT t.total, page.sort_key, u.*, {GRANTS} FROM (SELECT {total}) t \
             LEFT JOIN page ON 1 LEFT JOIN user u ON u.rowid = page.place ORDER BY {shown}"
        ),
        query.params,
    )
}

/// Whether a row of [`page`] has an account besides the number of all.
pub(super) fn is_account(row: &Row) -> bool {
    !matches!(row.optional_text("id"), Ok(None))
}

/// The value that a row of [`page`] is ordered by.
pub(super) fn key(row: &Row, field: Field) -> Result<Key, StoreError> {
    Ok(match field.kind() {
        Kind::Flag | Kind::Time => row
            .optional_integer("sort_key")?
            .map_or(Key::Null, Key::Integer),
        Kind::Text => row.optional_text("sort_key")?.map_or(Key::Null, Key::Text),
    })
}

const fn is_unique(field: Field) -> bool {
    matches!(field, Field::Email | Field::Id)
}

/// Fields that every account has, with an index of their order.
const fn is_indexed(field: Field) -> bool {
    matches!(
        field,
        Field::CreatedAt | Field::Email | Field::Id | Field::Name | Field::UpdatedAt
    )
}

#[derive(Default)]
struct Query {
    params: Vec<Value>,
}

impl Query {
    fn bind(&mut self, value: impl Into<Value>) -> String {
        self.params.push(value.into());
        format!("?{}", self.params.len())
    }

    fn conditions(&mut self, asked: &Asked) -> String {
        let mut all = Vec::new();
        if let Some(search) = &asked.search {
            all.push(self.searched(search));
        }
        if let Some(filter) = &asked.filter {
            all.push(self.filtered(filter, asked.now_ms));
        }
        if let Some(scopes) = &asked.within {
            all.push(self.within(scopes));
        }
        if all.is_empty() {
            return "1".to_owned();
        }
        all.join(" AND ")
    }

    fn searched(&mut self, search: &Search) -> String {
        let text = self.like(column(search.field), search.how, &search.text);
        format!("({text})")
    }

    fn like(&mut self, expression: &str, how: Match, text: &str) -> String {
        let wanted = self.bind(text);
        match how {
            Match::Contains => format!("instr({expression}, {wanted}) > 0"),
            Match::EndsWith => format!("substr({expression}, -length({wanted})) = {wanted}"),
            // A range of the index.
            Match::StartsWith => {
                let end = self.bind(format!("{text}{LAST}"));
                format!("{expression} >= {wanted} AND {expression} < {end}")
            }
        }
    }

    fn filtered(&mut self, filter: &Filter, now_ms: i64) -> String {
        if filter.field == Field::Role {
            return self.of_roles(filter);
        }
        let expression = self.expression(filter.field, now_ms);
        let compared = self.compared(&expression, filter);
        format!("({compared})")
    }

    fn compared(&mut self, expression: &str, filter: &Filter) -> String {
        let list = |query: &mut Self| {
            let values: Vec<serde_json::Value> = filter.values.iter().map(json).collect();
            let values = query.bind(serde_json::Value::from(values).to_string());
            format!("(SELECT value FROM json_each({values}))")
        };
        let operator = match filter.operator {
            Operator::In => return format!("{expression} IN {}", list(self)),
            Operator::NotIn => {
                let list = list(self);
                return format!("{expression} IS NULL OR {expression} NOT IN {list}");
            }
            Operator::Like(how) => {
                let text = match filter.values.first() {
                    Some(Comparand::Text(text)) => text.as_str(),
                    _ => "",
                };
                return self.like(expression, how, text);
            }
            Operator::Eq => "=",
            Operator::Ne => "IS NOT",
            Operator::Lt => "<",
            Operator::Lte => "<=",
            Operator::Gt => ">",
            Operator::Gte => ">=",
        };
        let value = match filter.values.first() {
            Some(Comparand::Integer(number)) => self.bind(*number),
            Some(Comparand::Text(text)) => self.bind(text.as_str()),
            None => self.bind(None::<&str>),
        };
        format!("{expression} {operator} {value}")
    }

    /// Roles held everywhere: those of an account are a set, of which one is compared.
    fn of_roles(&mut self, filter: &Filter) -> String {
        let (is_not, operator) = match filter.operator {
            Operator::Ne => (true, Operator::Eq),
            Operator::NotIn => (true, Operator::In),
            other => (false, other),
        };
        let one = Filter {
            operator,
            ..filter.clone()
        };
        let compared = self.compared("g.role", &one);
        let not = if is_not { "NOT " } else { "" };
        format!(
            "u.id {not}IN (SELECT g.user_id FROM role_grant g WHERE {LEAF} = '' AND ({compared}))"
        )
    }

    /// Whoever holds a role at one of these scopes, or within it.
    fn within(&mut self, paths: &[String]) -> String {
        let leaf = |path: &String| path.rsplit('/').next().unwrap_or_default().to_owned();
        let leaves: Vec<String> = paths
            .iter()
            .map(leaf)
            .filter(|leaf| !leaf.is_empty())
            .collect();
        let held = self.bind(scopes::json(&leaves));
        format!(
            "u.id IN (SELECT g.user_id FROM scope s CROSS JOIN role_grant g ON {LEAF} = s.leaf \
             WHERE EXISTS (SELECT 1 FROM json_each({held}) held \
             WHERE instr('/' || s.path || '/', '/' || held.value || '/') > 0))"
        )
    }

    fn expression(&mut self, field: Field, now_ms: i64) -> String {
        let mut banned = |then: &str| {
            let now = self.bind(now_ms);
            let holds = format!(
                "u.banned_at_ms IS NOT NULL AND (u.ban_expires_at_ms IS NULL \
                 OR u.ban_expires_at_ms > {now})"
            );
            match then {
                "" => format!("({holds})"),
                column => format!("(CASE WHEN {holds} THEN {column} END)"),
            }
        };
        match field {
            Field::Banned => banned(""),
            Field::BanReason => banned("u.ban_reason"),
            Field::BanExpires => banned("u.ban_expires_at_ms"),
            other => column_of(other).to_owned(),
        }
    }

    /// Behind a place in the order. Without a value comes first, as in SQLite.
    fn behind(&mut self, key: &str, field: Field, place: &Place, descending: bool) -> String {
        let sign = if descending { "<" } else { ">" };
        let value = match &place.key {
            Key::Integer(number) => self.bind(*number),
            Key::Text(text) => self.bind(text.as_str()),
            Key::Null => self.bind(None::<&str>),
        };
        if is_unique(field) {
            return format!("{key} {sign} {value}");
        }
        let id = self.bind(place.id.as_str());
        if is_indexed(field) {
            return format!("({key}, u.id) {sign} ({value}, {id})");
        }
        match (&place.key, descending) {
            (Key::Null, false) => format!("({key} IS NOT NULL OR u.id > {id})"),
            (Key::Null, true) => format!("({key} IS NULL AND u.id < {id})"),
            (_, false) => format!("({key} > {value} OR ({key} = {value} AND u.id > {id}))"),
            (_, true) => {
                format!("({key} IS NULL OR {key} < {value} OR ({key} = {value} AND u.id < {id}))")
            }
        }
    }
}

fn json(value: &Comparand) -> serde_json::Value {
    match value {
        Comparand::Integer(number) => (*number).into(),
        Comparand::Text(text) => text.as_str().into(),
    }
}

const fn column(field: SearchField) -> &'static str {
    match field {
        SearchField::Email => "u.email",
        SearchField::Name => "u.name_folded",
    }
}

const fn column_of(field: Field) -> &'static str {
    match field {
        Field::CreatedAt => "u.created_at_ms",
        Field::Disabled => "(u.disabled_at_ms IS NOT NULL)",
        Field::Email => "u.email",
        Field::EmailVerified => "u.email_verified",
        Field::Id => "u.id",
        Field::Image => "u.image",
        Field::Name => "u.name_folded",
        Field::Role => {
            "(SELECT min(r.role) FROM role_grant r WHERE r.user_id = u.id AND r.scope = '')"
        }
        Field::Tier => "u.tier",
        Field::UpdatedAt => "u.updated_at_ms",
        // These depend on the present.
        Field::BanExpires | Field::BanReason | Field::Banned => "NULL",
    }
}
