//! A page of a log, as it is answered.

use serde::Serialize;
use utoipa::ToSchema;

use super::log_query::LogQuery;

#[derive(Debug, Serialize, ToSchema)]
pub struct LogPage<T> {
    pub items: Vec<T>,
    pub limit: i64,
    /// 0 where pages follow one another by `next`.
    pub offset: u64,
    /// How many match; null where that was not asked for.
    pub total: Option<u64>,
    /// False: there are at least `total`, and no more were counted.
    pub total_is_exact: bool,
    /// The `before` of the next page; null when there is none, or where pages are named by `offset`.
    pub next: Option<String>,
}

impl<T> LogPage<T> {
    /// By offset.
    pub fn counted(query: &LogQuery, items: Vec<T>, total: Counted) -> Self {
        let Counted { total, is_exact } = total;
        Self {
            items,
            limit: query.limit,
            offset: query.offset,
            total: Some(total),
            total_is_exact: is_exact,
            next: None,
        }
    }
}

/// How many rows match, as far as they were counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counted {
    pub total: u64,
    pub is_exact: bool,
}

impl Counted {
    pub fn exact(total: u64) -> Self {
        Self { total, is_exact: true }
    }

    /// Counted up to one more than `most`.
    pub fn bounded(found: u64, most: u64) -> Self {
        Self { total: found.min(most), is_exact: found <= most }
    }
}
