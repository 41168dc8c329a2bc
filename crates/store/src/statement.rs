//! A statement with its parameters.

use std::borrow::Cow;

use crate::Value;

/// SQL text with numbered parameters (`?1`, `?2`, …) and their values.
#[derive(Clone, PartialEq)]
pub struct Statement {
    sql: Cow<'static, str>,
    params: Vec<Value>,
}

impl core::fmt::Debug for Statement {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        // Parameters may be hashes of secrets.
        f.debug_struct("Statement")
            .field("sql", &self.sql)
            .finish_non_exhaustive()
    }
}

impl Statement {
    /// A statement whose text is part of the program, or put together from texts of the program and
    /// names that were checked: no other text from outside ever becomes SQL.
    #[must_use]
    pub fn new(sql: impl Into<Cow<'static, str>>, params: Vec<Value>) -> Self {
        Self {
            sql: sql.into(),
            params,
        }
    }

    /// The text.
    #[must_use]
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// The values of `?1`, `?2`, ….
    #[must_use]
    pub fn params(&self) -> &[Value] {
        &self.params
    }

    /// The statement without its `RETURNING`, for tools that run many and read no rows: D1 doesn't commit
    /// after one whose rows nobody took.
    #[must_use]
    pub fn without_rows(&self) -> Self {
        let sql = match self.sql.rsplit_once(" RETURNING ") {
            Some((before, columns)) if !columns.contains(['?', '\'', ')']) => before.to_owned(),
            _ => self.sql.clone().into_owned(),
        };
        Self::new(sql, self.params.clone())
    }

    /// The statement with its values written out as literals, for tools that take SQL text alone.
    ///
    /// # Errors
    /// A sentence when a text holds a NUL, which SQL text can't.
    pub fn to_sql_text(&self) -> Result<String, String> {
        let mut text = String::new();
        let mut rest = self.sql();
        while let Some((before, after)) = rest.split_once('?') {
            text.push_str(before);
            let digits = after.bytes().take_while(u8::is_ascii_digit).count();
            let (number, tail) = after.split_at_checked(digits).unwrap_or((after, ""));
            let index = number.parse::<usize>().ok().and_then(|n| n.checked_sub(1));
            let value = index.and_then(|index| self.params.get(index));
            text.push_str(&literal(value.ok_or("a parameter without a value")?)?);
            rest = tail;
        }
        text.push_str(rest);
        text.push(';');
        Ok(text)
    }
}

fn literal(value: &Value) -> Result<String, String> {
    match value {
        Value::Null => Ok("NULL".to_owned()),
        Value::Integer(number) => Ok(number.to_string()),
        // SQL injection (CWE-89): a quote inside is doubled, and a NUL would end the text early.
        Value::Text(text) if text.contains('\0') => {
            Err("text with a NUL character can't be written as SQL".to_owned())
        }
        Value::Text(text) => Ok(format!("'{}'", text.replace('\'', "''"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_become_literals_that_cannot_leave_their_quotes() {
        let statement = Statement::new(
            "INSERT INTO t VALUES (?1, ?2, ?10, ?3)",
            (1..=10)
                .map(|n| match n {
                    1 => Value::from("it's'; DROP TABLE t; --"),
                    2 => Value::Null,
                    3 => Value::from(4_107_542_400_000_i64),
                    n => Value::Integer(n),
                })
                .collect(),
        );
        assert_eq!(
            statement.to_sql_text().unwrap(),
            "INSERT INTO t VALUES ('it''s''; DROP TABLE t; --', NULL, 10, 4107542400000);"
        );
    }

    #[test]
    fn only_a_returning_at_the_end_is_left_out() {
        let text = |sql: &'static str| {
            Statement::new(sql, Vec::new())
                .without_rows()
                .sql()
                .to_owned()
        };
        assert_eq!(
            text("DELETE FROM t WHERE a = ?1 RETURNING id, b"),
            "DELETE FROM t WHERE a = ?1"
        );
        assert_eq!(
            text("SELECT ' RETURNING ' FROM t"),
            "SELECT ' RETURNING ' FROM t"
        );
        assert_eq!(text("SELECT 1"), "SELECT 1");
    }

    #[test]
    fn a_nul_is_refused_as_a_literal() {
        let statement = Statement::new("SELECT ?1", vec![Value::from("a\0b")]);
        assert!(statement.to_sql_text().is_err());
    }
}
