//! Pages of accounts.
//!
//! A page is chosen from an index alone: rows are read for the accounts that it shows and no others,
//! unless it is ordered or filtered by something without an index.

use portcullis_service::StoreError;
use portcullis_service::admin::{
    Asked, Comparand, Field, Filter, Key, Match, Operator, Place, Search, SearchField,
};
use serde_json::Value as Json;

use super::blocks::{self, NEXT, Signature};
use super::row::LISTED;
use super::stretches::Order;
use crate::{Statement, Value, scopes};

/// A scope's own `level:id`: word for word what the indexes on `role_grant` are of.
const LEAF: &str = "substr(g.scope, 1 + length(rtrim(g.scope, replace(g.scope, '/', ''))))";

/// Beyond every text that begins alike.
const LAST: char = '\u{10ffff}';

/// Always a row, for how many accounts there are in all.
pub(super) fn page(asked: &Asked) -> Statement {
    let mut query = Query::default();
    let conditions = query.conditions(asked);
    let blocks = query.blocks(asked);
    let field = asked.sort.field;
    let descending = asked.sort.descending;
    let key = query.expression(field, asked.now_ms);
    let walked = blocks.as_ref().filter(|_| is_in_order_of_search(asked));
    let from = walked.map_or("user u", |blocks| blocks.from.as_str());
    let mut found = conditions.clone();
    let mut chosen = order(field, "u.id", &key, descending);
    if let Some(blocks) = walked {
        found = format!("{} AND {found}", blocks.may_have);
        chosen = format!("b.first {}, {chosen}", direction(descending));
    }
    if let Some(place) = &asked.after {
        if let Some(blocks) = walked {
            let behind = query.behind(&within_block(&key), field, place, descending);
            let value = query.place(place);
            let from_block = blocks.beyond(&value, descending);
            found = format!("{found} AND {behind} AND {from_block}");
        } else {
            let behind = query.behind(&key, field, place, descending);
            found = format!("{found} AND {behind}");
        }
    }
    let limit = query.bind(i64::from(asked.limit));
    let offset = query.bind(i64::from(asked.offset));
    let total = total(asked, &key, &conditions, blocks.as_ref(), (&limit, &offset));
    let begun = stretched(asked).map(|order| order.begun(&offset, descending));
    let (begun, skipped) = match begun {
        None => (String::new(), offset),
        Some(begun) => {
            found = begun.from_stretch;
            (begun.with, begun.offset)
        }
    };
    // No column that the index of the order lacks: for it rows would be read that aren't shown.
    let id = if is_unique(field) { "NULL" } else { "u.id" };
    let shown = order(field, "page.id", "page.sort_key", descending);
    Statement::new(
        format!(
            "WITH {begun}page AS MATERIALIZED (SELECT u.rowid AS place, {id} AS id, {key} AS sort_key \
             FROM {from} WHERE {found} ORDER BY {chosen} LIMIT {limit} OFFSET {skipped}) \
             SELECT t.total, CASE WHEN u.id IS NOT NULL THEN {LISTED} END AS account \
             FROM (SELECT {total} AS total) t LEFT JOIN page ON 1 \
             LEFT JOIN user u ON u.rowid = page.place ORDER BY {shown}"
        ),
        query.params,
    )
}

/// How many there are in all: as cheaply as what is asked lets it be told.
fn total(
    asked: &Asked,
    key: &str,
    conditions: &str,
    blocks: Option<&Blocks>,
    (limit, offset): (&str, &str),
) -> String {
    let count = match blocks {
        None => format!("(SELECT count(*) FROM user u WHERE {conditions})"),
        Some(Blocks { from, may_have, .. }) => {
            format!("(SELECT count(*) FROM {from} WHERE {may_have} AND {conditions})")
        }
    };
    if asked.after.is_some() {
        return "NULL".to_owned();
    }
    if is_everybody(asked) {
        return format!("coalesce((SELECT accounts FROM user_tally), {count})");
    }
    if !is_in_order_of_search(asked) {
        return count;
    }
    // Whoever is on the page was found on the way there: only those behind it have yet to be counted.
    let descending = asked.sort.descending;
    let last = order(asked.sort.field, "id", "sort_key", !descending);
    let (users, behind) = match blocks {
        None => {
            let behind = behind_last(asked.sort.field, key, descending);
            ("user u", behind)
        }
        Some(blocks) => {
            let behind = behind_last(asked.sort.field, &within_block(key), descending);
            let from_block = blocks.beyond("last.sort_key", descending);
            let may_have = &blocks.may_have;
            let behind = format!("{may_have} AND {from_block} AND {behind}");
            (blocks.from.as_str(), behind)
        }
    };
    format!(
        "(SELECT CASE WHEN n = {limit} THEN {offset} + n + (SELECT count(*) FROM (SELECT sort_key, id \
         FROM page ORDER BY {last} LIMIT 1) last CROSS JOIN {users} WHERE {behind} \
         AND {conditions}) WHEN n > 0 OR {offset} = 0 THEN {offset} + n ELSE {count} END \
         FROM (SELECT count(*) AS n FROM page))"
    )
}

const fn direction(descending: bool) -> &'static str {
    if descending { "DESC" } else { "ASC" }
}

fn order(field: Field, id: &str, key: &str, descending: bool) -> String {
    let direction = direction(descending);
    if is_unique(field) {
        format!("{key} {direction}")
    } else {
        format!("{key} {direction}, {id} {direction}")
    }
}

/// A key that is compared within a block: an index that was entered by it would be read from the place on,
/// once more for each block behind it.
fn within_block(key: &str) -> String {
    format!("+{key}")
}

/// Whether it is a list of all accounts there are.
const fn is_everybody(asked: &Asked) -> bool {
    asked.search.is_none() && asked.filter.is_none() && asked.within.is_none()
}

/// The order in whose stretches the page is looked for: that of all accounts, unless it begins with the first
/// or behind a place.
fn stretched(asked: &Asked) -> Option<Order> {
    let far = is_everybody(asked) && asked.after.is_none() && asked.offset > 0;
    Order::of(asked.sort.field).filter(|_| far)
}

/// Whether what is searched is what the page is ordered by, and nothing else is asked.
fn is_in_order_of_search(asked: &Asked) -> bool {
    let searched = asked.search.as_ref().map(|search| search.field);
    let field = match searched {
        Some(SearchField::Email) => Field::Email,
        Some(SearchField::Name) => Field::Name,
        None => return false,
    };
    field == asked.sort.field && asked.filter.is_none() && asked.within.is_none()
}

fn behind_last(field: Field, key: &str, descending: bool) -> String {
    let sign = if descending { "<" } else { ">" };
    if is_unique(field) {
        return format!("{key} {sign} last.sort_key");
    }
    format!("({key}, u.id) {sign} (last.sort_key, last.id)")
}

/// The value that a list is ordered by, as a row of [`page`] has it.
pub(super) fn key(value: Json) -> Result<Key, StoreError> {
    let key = match value {
        Json::Null => Some(Key::Null),
        Json::Number(number) => number.as_i64().map(Key::Integer),
        Json::String(text) => Some(Key::Text(text)),
        _ => None,
    };
    key.ok_or_else(|| StoreError::new("a list is ordered by what no list is ordered by"))
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

/// Accounts `u` by blocks `b`.
struct Blocks {
    field: &'static str,
    from: String,
    /// Whether the block may have what is searched.
    may_have: String,
}

impl Blocks {
    /// Those that lie behind a place of their order, and the one that it is in.
    fn beyond(&self, place: &str, descending: bool) -> String {
        if descending {
            return format!("b.first <= {place}");
        }
        let field = self.field;
        format!(
            "b.first >= (SELECT max(m.first) FROM user_block m WHERE m.field = '{field}' \
             AND m.first <= {place})"
        )
    }
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

    /// The blocks to look through for what is searched, where they say anything about it.
    fn blocks(&mut self, asked: &Asked) -> Option<Blocks> {
        let alone = asked.filter.is_none() && asked.within.is_none();
        let search = asked.search.as_ref().filter(|_| alone)?;
        if search.how == Match::StartsWith {
            return None;
        }
        let mut signature = Signature::default();
        blocks::sign(&mut signature, &search.text);
        let mut has = Vec::new();
        for (index, word) in signature
            .into_iter()
            .enumerate()
            .filter(|(_, word)| *word != 0)
        {
            let word = self.bind(word);
            has.push(format!("b.s{index} & {word} = {word}"));
        }
        if has.is_empty() {
            return None;
        }
        let (field, column) = match search.field {
            SearchField::Email => ("email", "u.email"),
            SearchField::Name => ("name", "u.name_folded"),
        };
        Some(Blocks {
            field,
            from: format!(
                "user_block b CROSS JOIN user u ON {column} >= b.first AND {column} < {NEXT}"
            ),
            may_have: format!(
                "b.field = '{field}' AND (b.signed <> b.version OR ({}))",
                has.join(" AND ")
            ),
        })
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

    fn place(&mut self, place: &Place) -> String {
        match &place.key {
            Key::Integer(number) => self.bind(*number),
            Key::Text(text) => self.bind(text.as_str()),
            Key::Null => self.bind(None::<&str>),
        }
    }

    /// Behind a place in the order. Without a value comes first, as in SQLite.
    fn behind(&mut self, key: &str, field: Field, place: &Place, descending: bool) -> String {
        let sign = if descending { "<" } else { ">" };
        let value = self.place(place);
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
