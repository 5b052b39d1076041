//! Statements about many rows at once. Each costs a change of thread to SQLite and back, and a journey to
//! PostgreSQL: one for many rows saves most of what a batch of mail costs. Such a statement is written once
//! and for one row, like every other; here its group of parameters, which stands once, in order, behind
//! `VALUES` or `IN`, is repeated.

use std::borrow::Cow;

/// At most so many parameters stand in one statement.
const PARAMETERS: usize = 512;

/// How many rows one statement is about at most.
pub(super) fn most(sql: &str) -> usize {
    (PARAMETERS / group(sql).1.matches('$').count().max(1)).max(1)
}

/// Whether a statement for so many rows is kept for the next time: one for as many rows as there can be comes
/// again and again in a backlog, and is long to read.
pub(super) fn is_kept(sql: &str, rows: usize) -> bool {
    rows == 1 || rows == most(sql)
}

/// How a database names the parameters of a statement.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Naming {
    /// `$1`, `$2`, …
    Numbers,
    /// `?`: SQLite, which for each named one looks through all of them.
    Order,
}

/// A statement for so many rows.
pub(super) fn for_rows(sql: &'static str, rows: usize, naming: Naming) -> Cow<'static, str> {
    let (before, group, after) = group(sql);
    if rows == 1 || group.is_empty() {
        return Cow::Borrowed(sql);
    }
    let within = group.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(group);
    let (open, one, close) = if before.ends_with("IN ") { ("(", within, ")") } else { ("", group, "") };
    let mut text = String::with_capacity(sql.len() + rows * (one.len() + 16));
    text.push_str(before);
    text.push_str(open);
    let mut number = 0_usize;
    for row in 0..rows {
        if row > 0 {
            text.push_str(", ");
        }
        let mut parts = one.split('$');
        text.push_str(parts.next().unwrap_or_default());
        for part in parts {
            number += 1;
            match naming {
                Naming::Numbers => text.push_str(&format!("${number}")),
                Naming::Order => text.push('?'),
            }
            text.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit()));
        }
    }
    text.push_str(close);
    text.push_str(after);
    Cow::Owned(text)
}

/// What stands before the group of parameters, the group with its parentheses, and what follows.
fn group(sql: &str) -> (&str, &str, &str) {
    let whole = (sql, "", "");
    let Some(start) = sql.find("($1").or_else(|| sql.find("(CAST($1")) else { return whole };
    let Some((before, rest)) = sql.split_at_checked(start) else { return whole };
    let mut depth = 0_usize;
    for (at, byte) in rest.bytes().enumerate() {
        match byte {
            b'(' => depth += 1,
            b')' if depth == 1 => {
                let Some((group, after)) = rest.split_at_checked(at + 1) else { return whole };
                return (before, group, after);
            }
            b')' => depth -= 1,
            _ => {}
        }
    }
    whole
}

/// Runs a statement for many rows, a few statements of many rows each, and answers with
/// `Result<Vec<Row>>`: what all of them returned, in no order.
macro_rules! many {
    ($conn:expr, $sql:expr, $rows:expr, |$row:pat_param| [$($arg:expr),* $(,)?]) => {
        async {
            use $crate::store::{link::Conn, param::Param, rows};
            let mut returned = Vec::new();
            let mut conn = $conn;
            for now in $rows.chunks(rows::most($sql)) {
                let got = match &mut conn {
                    Conn::Sqlite(connection) => {
                        let sql = sqlx::AssertSqlSafe(rows::for_rows($sql, now.len(), rows::Naming::Order));
                        let mut query = sqlx::query_as(sql).persistent(rows::is_kept($sql, now.len()));
                        for $row in now {
                            $(query = query.bind(Param::param(&$arg));)*
                        }
                        query.fetch_all(&mut **connection).await
                    }
                    Conn::Postgres(connection) => {
                        let sql = sqlx::AssertSqlSafe(rows::for_rows($sql, now.len(), rows::Naming::Numbers));
                        let mut query = sqlx::query_as(sql).persistent(now.len() == 1);
                        for $row in now {
                            $(query = query.bind(Param::param(&$arg));)*
                        }
                        query.fetch_all(&mut **connection).await
                    }
                };
                returned.append(&mut got.map_err(|source| $crate::store::error::StoreError::statement($sql, source))?);
            }
            Ok::<_, $crate::store::error::StoreError>(returned)
        }
    };
}

pub(super) use many;

#[cfg(test)]
mod tests {
    use super::*;

    const INSERT: &str = "INSERT INTO t (a, b) VALUES ($1, f(g($2, ' '))) ON CONFLICT DO NOTHING RETURNING id";

    #[test]
    fn the_group_of_parameters_is_repeated_for_each_row() {
        assert_eq!(for_rows(INSERT, 1, Naming::Order), INSERT);
        assert_eq!(
            for_rows(INSERT, 2, Naming::Numbers),
            "INSERT INTO t (a, b) VALUES ($1, f(g($2, ' '))), ($3, f(g($4, ' '))) ON CONFLICT DO NOTHING RETURNING id"
        );
        assert_eq!(
            for_rows(INSERT, 2, Naming::Order),
            "INSERT INTO t (a, b) VALUES (?, f(g(?, ' '))), (?, f(g(?, ' '))) ON CONFLICT DO NOTHING RETURNING id"
        );
        assert_eq!(
            for_rows("SELECT a FROM t WHERE a IN ($1) ORDER BY a", 3, Naming::Numbers),
            "SELECT a FROM t WHERE a IN ($1, $2, $3) ORDER BY a"
        );
    }

    #[test]
    fn no_statement_has_too_many_parameters() {
        assert_eq!((most(INSERT), most("SELECT a FROM t WHERE a IN ($1)"), most("SELECT 1")), (256, 512, 512));
    }
}
