//! Reading rows, page by page.

use portcullis_core::condition::{Datum, Type};
use portcullis_core::policy::FieldId;
use portcullis_core::sql::{Columns, Filter, Fragment, Mask, Masks, all, sql};

use super::search::Part;
use super::statement::{joined, output, read, sendable};
use super::{Bound, Rows, RowsError, Where};
use crate::{Driver, Row};

/// Rows on a page when no limit is given.
pub const DEFAULT_LIMIT: u32 = 100;
/// The most rows on a page.
pub const MAX_LIMIT: u32 = 1_000;
/// The field that makes an order of rows total.
const KEY: &str = "id";

/// What to read.
#[derive(Debug, Clone, PartialEq)]
pub struct Select {
    /// The fields; none means all that may be read.
    pub fields: Vec<String>,
    /// Which rows.
    pub filter: Where,
    /// In which order; the field `id`, where the resource has one, comes last by itself.
    pub order: Vec<Order>,
    /// How many rows at most; 0 means [`DEFAULT_LIMIT`], and no more than [`MAX_LIMIT`] are read.
    pub limit: u32,
    /// Where the page before ended.
    pub after: Option<Cursor>,
}

/// A field to sort by; null comes before everything.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// The field.
    pub field: String,
    /// Which way.
    pub direction: Direction,
}

/// Which way rows are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From low to high.
    Ascending,
    /// From high to low.
    Descending,
}

/// The end of a page: the values that its last row is sorted by, as they may be seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor(pub Vec<Datum>);

/// Rows that were read.
#[derive(Debug, Clone, PartialEq)]
pub struct Page {
    /// The names of the fields.
    pub fields: Vec<String>,
    /// The rows' values, in the order of `fields`; null where a field isn't allowed.
    pub rows: Vec<Vec<Datum>>,
    /// Where the next page begins; `None` after the last one, and for rows in no total order.
    pub next: Option<Cursor>,
}

impl Default for Select {
    fn default() -> Self {
        Self {
            fields: Vec::new(),
            filter: Where::Everything,
            order: Vec::new(),
            limit: DEFAULT_LIMIT,
            after: None,
        }
    }
}

/// A field that rows are sorted by.
struct Sort {
    id: FieldId,
    kind: Type,
    value: Fragment,
    direction: Direction,
}

impl<D: Driver> Rows<'_, D> {
    /// Reads rows.
    ///
    /// # Errors
    /// A [`RowsError`]: a field that doesn't exist or that may be read in no row, a value of the
    /// wrong type, a cursor of another order, or the database's failure.
    pub async fn select(&self, resource: &str, select: &Select) -> Result<Page, RowsError> {
        let bound = self.bound(resource, "read")?;
        let fields = bound.chosen(&select.fields)?;
        let parts = bound.parts(&select.filter)?;
        let (mut sorts, is_total) = bound.sorts(&select.order)?;
        let used = used(&fields, &sorts, &parts);
        let sight = bound.sight(&used, None);
        for sort in &mut sorts {
            sort.value = sight.columns.value(sort.id);
        }
        let (plain, masked) = sight.found(&parts);
        let after = match &select.after {
            Some(cursor) => bound.after(cursor, &sorts)?,
            None => sql("1", &[]),
        };
        let within = all(&[bound.access.rows.clone(), plain]);
        let outside = all(&[masked, after]);
        let names = fields.iter().filter_map(|id| bound.resource.field(*id));
        let mut page = Page {
            fields: names.map(|field| field.name.clone()).collect(),
            rows: Vec::new(),
            next: None,
        };
        if within.is_never() || outside.is_never() {
            return Ok(page);
        }
        let limit = match select.limit {
            0 => DEFAULT_LIMIT,
            limit => limit.min(MAX_LIMIT),
        };
        let (source, filter) = bound.source(&used, &sight.masks, within, outside);
        let columns = bound.outputs(&fields, &sight.columns, &sorts);
        let text = sql(
            "SELECT @0 FROM @1 WHERE @2@3 LIMIT @4",
            &[&columns, &source, &filter, &order(&sorts), &one_more(limit)],
        );
        let mut found = self.driver.query(sendable(&text)?).await?;
        let has_more = found.len() > limit as usize;
        found.truncate(limit as usize);
        page.next = match found.last() {
            Some(last) if has_more && is_total => Some(cursor(last, &fields, &sorts)?),
            _ => None,
        };
        for row in &found {
            page.rows.push(bound.values(row, &fields)?);
        }
        Ok(page)
    }
}

impl Bound<'_> {
    /// The fields to read: those named, each of which must be allowed somewhere, or all that are.
    fn chosen(&self, names: &[String]) -> Result<Vec<FieldId>, RowsError> {
        if names.is_empty() {
            let all = (0..).zip(&self.access.fields);
            let allowed = all.filter(|(_, mask)| **mask != Mask::Never);
            return Ok(allowed.map(|(id, _)| id).collect());
        }
        names
            .iter()
            .map(|name| match self.field(name)? {
                id if *self.mask(id) == Mask::Never => Err(self.forbidden(name)),
                id => Ok(id),
            })
            .collect()
    }

    /// What to sort by, and whether that puts any two rows in an order.
    fn sorts(&self, orders: &[Order]) -> Result<(Vec<Sort>, bool), RowsError> {
        let mut sorts = Vec::new();
        for order in orders {
            let id = self.field(&order.field)?;
            let kind = self.resource.field(id).map(|field| field.kind);
            match (self.mask(id), kind) {
                (Mask::Never, _) | (_, None) => return Err(self.forbidden(&order.field)),
                (_, Some(Type::List(_))) => {
                    let field = order.field.clone();
                    return Err(RowsError::NoOrder { field });
                }
                (_, Some(kind)) => sorts.push(Sort {
                    id,
                    kind,
                    value: Fragment::default(),
                    direction: order.direction,
                }),
            }
        }
        // Rows whose key isn't seen have no place of their own.
        let key = self.resource.field_id(KEY);
        let key = key.filter(|id| *self.mask(*id) == Mask::Always);
        let Some(id) = key else {
            return Ok((sorts, false));
        };
        if let Some(kind @ Type::One(_)) = self.resource.field(id).map(|field| field.kind)
            && sorts.iter().all(|sort| sort.id != id)
        {
            sorts.push(Sort {
                id,
                kind,
                value: Fragment::default(),
                direction: Direction::Ascending,
            });
        }
        Ok((sorts, true))
    }

    /// The rows that come after a cursor.
    fn after(&self, cursor: &Cursor, sorts: &[Sort]) -> Result<Filter, RowsError> {
        if cursor.0.len() != sorts.len() || sorts.is_empty() {
            return Err(RowsError::WrongCursor);
        }
        let mut equal: Vec<Fragment> = Vec::new();
        let mut any = Vec::new();
        for (sort, value) in sorts.iter().zip(&cursor.0) {
            let value = self
                .typed(sort.id, value)
                .map_err(|_| RowsError::WrongCursor)?;
            let parameter = Columns::parameter(&value);
            let pattern = match (sort.direction, &value) {
                (Direction::Ascending, Datum::Null) => "(@0 IS NOT NULL)",
                (Direction::Ascending, _) => "(@0 > @1)",
                (Direction::Descending, Datum::Null) => "(@0 IS NULL AND 0)",
                (Direction::Descending, _) => "(@0 < @1 OR @0 IS NULL)",
            };
            let mut all = equal.clone();
            all.push(sql(pattern, &[&sort.value, &parameter]));
            any.push(sql("(@0)", &[&joined(&all, " AND ")]));
            equal.push(sql("(@0 IS @1)", &[&sort.value, &parameter]));
        }
        Ok(sql("(@0)", &[&joined(&any, " OR ")]))
    }

    /// Where rows come from and what must be true of them there. With masks that is a subquery, which
    /// has the fields as they are and the masks' columns.
    fn source(
        &self,
        used: &[FieldId],
        masks: &Masks,
        within: Filter,
        outside: Filter,
    ) -> (Fragment, Filter) {
        let table = Fragment::name(&self.resource.table);
        if masks.is_empty() {
            return (table, all(&[within, outside]));
        }
        let names = used.iter().filter_map(|id| self.resource.field(*id));
        let mut columns: Vec<Fragment> = names.map(|field| Fragment::name(&field.name)).collect();
        columns.extend_from_slice(masks.columns());
        // SQLite merges no subquery with a limit into one that has a limit, too: merged, each mention
        // of a mask would be worked out by itself.
        let pattern = "(SELECT @0 FROM @1 WHERE @2 LIMIT -1)";
        let subquery = sql(pattern, &[&joined(&columns, ", "), &table, &within]);
        (subquery, outside)
    }

    /// The columns of the result: the fields, and what else rows are sorted by.
    fn outputs(&self, fields: &[FieldId], seen: &Columns<'_>, sorts: &[Sort]) -> Fragment {
        let mut columns = Vec::new();
        for (index, id) in fields.iter().enumerate() {
            if let Some(field) = self.resource.field(*id) {
                let value = output(&seen.value(*id), field.kind);
                let alias = Fragment::name(&format!("$c{index}"));
                columns.push(sql("@0 AS @1", &[&value, &alias]));
            }
        }
        for (index, sort) in sorts.iter().enumerate() {
            if !fields.contains(&sort.id) {
                let alias = Fragment::name(&format!("$k{index}"));
                columns.push(sql("@0 AS @1", &[&output(&sort.value, sort.kind), &alias]));
            }
        }
        if columns.is_empty() {
            columns.push(sql("1 AS `one`", &[]));
        }
        joined(&columns, ", ")
    }

    fn values(&self, row: &Row, fields: &[FieldId]) -> Result<Vec<Datum>, RowsError> {
        let mut values = Vec::with_capacity(fields.len());
        for (index, id) in fields.iter().enumerate() {
            if let Some(field) = self.resource.field(*id) {
                values.push(read(row, &format!("$c{index}"), field.kind)?);
            }
        }
        Ok(values)
    }
}

/// Every field that a select is about.
fn used(fields: &[FieldId], sorts: &[Sort], parts: &[Part]) -> Vec<FieldId> {
    let searched = parts.iter().flat_map(|part| part.fields.iter().copied());
    let sorted = sorts.iter().map(|sort| sort.id);
    let mut used: Vec<FieldId> = fields.to_vec();
    used.extend(sorted.chain(searched));
    used.sort_unstable();
    used.dedup();
    used
}

fn order(sorts: &[Sort]) -> Fragment {
    let order = sorts.iter().map(|sort| match sort.direction {
        Direction::Ascending => sql("@0 ASC", &[&sort.value]),
        Direction::Descending => sql("@0 DESC", &[&sort.value]),
    });
    match order.collect::<Vec<_>>().as_slice() {
        [] => Fragment::default(),
        some => sql(" ORDER BY @0", &[&joined(some, ", ")]),
    }
}

/// A row more than the limit tells that there are more.
fn one_more(limit: u32) -> Fragment {
    Fragment {
        sql: "?".to_owned(),
        params: vec![Datum::Int(i64::from(limit) + 1)],
    }
}

fn cursor(last: &Row, fields: &[FieldId], sorts: &[Sort]) -> Result<Cursor, RowsError> {
    let mut values = Vec::with_capacity(sorts.len());
    for (index, sort) in sorts.iter().enumerate() {
        let column = match fields.iter().position(|id| *id == sort.id) {
            Some(column) => format!("$c{column}"),
            None => format!("$k{index}"),
        };
        values.push(read(last, &column, sort.kind)?);
    }
    Ok(Cursor(values))
}
