//! What clicks are filtered by, and the condition in SQL that this makes. Values are bound.

use clickhouse::query::Query;
use traffoflex_model::ClickDecision;

use crate::{
    admin::log_query::{Filter, LogQuery, LogShape, Paging, described},
    warehouse::clicks::time_of,
};

const DECISIONS: [&str; ClickDecision::ALL.len()] = {
    let mut names = [""; ClickDecision::ALL.len()];
    let mut i = 0;
    while i < names.len() {
        names[i] = ClickDecision::ALL[i].as_str();
        i += 1;
    }
    names
};

/// Columns that are filtered by under their own names.
const TEXTS: &[&str] = &[
    "campaign_id",
    "stream_id",
    "destination_id",
    "landing_id",
    "source_id",
    "device_type",
    "os",
    "browser",
    "language",
    "city",
    "isp",
    "sub1",
    "sub2",
    "sub3",
    "sub4",
    "sub5",
    "sub6",
    "sub7",
    "sub8",
    "sub9",
    "sub10",
    "utm_source",
    "utm_medium",
    "utm_campaign",
    "utm_content",
    "utm_term",
    "click_id",
    "source_click_id",
    "ip_hash",
    "ip_prefix",
    "node_id",
    "decision",
];
const FLAGS: &[&str] = &["is_bot", "is_unique", "is_duplicate", "is_proxy"];
const COUNTRY: &str = "country";
const SECOND_STEPS: &str = "second_steps";

const FILTERS: &[Filter] = &[
    Filter::any("campaign_id"),
    Filter::any("stream_id"),
    Filter::any("destination_id"),
    Filter::any("landing_id"),
    Filter::any("source_id"),
    Filter::any(COUNTRY).about("ISO 3166-1 alpha-2, one or more, separated by commas."),
    Filter::any("city"),
    Filter::any("isp"),
    Filter::any("device_type"),
    Filter::any("os"),
    Filter::any("browser"),
    Filter::any("language"),
    Filter::any("sub1"),
    Filter::any("sub2"),
    Filter::any("sub3"),
    Filter::any("sub4"),
    Filter::any("sub5"),
    Filter::any("sub6"),
    Filter::any("sub7"),
    Filter::any("sub8"),
    Filter::any("sub9"),
    Filter::any("sub10"),
    Filter::any("utm_source"),
    Filter::any("utm_medium"),
    Filter::any("utm_campaign"),
    Filter::any("utm_content"),
    Filter::any("utm_term"),
    Filter::any("click_id"),
    Filter::any("source_click_id"),
    Filter::any("ip_hash"),
    Filter::any("ip_prefix").about("A network as clicks have it, for example 203.0.113.0/24."),
    Filter::any("node_id"),
    Filter::one_of("decision", &DECISIONS),
    Filter::flag("is_bot"),
    Filter::flag("is_unique"),
    Filter::flag("is_duplicate"),
    Filter::flag("is_proxy"),
    Filter::flag(SECOND_STEPS).about("Whether second steps are listed, too."),
];

pub const LIST: LogShape = LogShape {
    filters: FILTERS,
    paging: Paging::Before,
    searches: Some("a click id, a user agent, a referrer, a city, a provider or a sub"),
    sorts: &[],
    has_csv: false,
};
pub const TAIL: LogShape = LogShape { paging: Paging::None, ..LIST };

described!(ClickListParameters, LIST);
described!(ClickTailParameters, TAIL);

/// Filters that name few clicks, of whatever age they are.
pub const IDS: [&str; 2] = ["click_id", "source_click_id"];

/// The condition for the workspace and all filters, the period apart; [`bind`] gives it its values.
/// Where money is masked, nothing is searched that is not shown.
pub fn condition(query: &LogQuery, masks_money: bool) -> String {
    let mut sql = "workspace_id = {ws:String}".to_owned();
    for (name, values) in &query.filters {
        match *name {
            COUNTRY => sql.push_str(" AND geo_country IN ({country:Array(String)})"),
            flag if FLAGS.contains(&flag) => {
                if let [value] = &values[..] {
                    sql.push_str(&format!(" AND {flag} = {}", value == "true"));
                }
            }
            text if TEXTS.contains(&text) => {
                sql.push_str(&format!(" AND {text} IN ({{{text}:Array(String)}})"))
            }
            _ => {}
        }
    }
    if !query.values(SECOND_STEPS).iter().any(|value| value == "true") {
        sql.push_str(" AND NOT is_second_step");
    }
    if query.q.is_some() {
        let subs: Vec<String> = (1..=10).map(|n| format!("sub{n}")).collect();
        // A character that is in no value keeps one from running into the next.
        sql.push_str(&format!(
            " AND positionCaseInsensitiveUTF8(concatWithSeparator('\\n', click_id, source_click_id, user_agent, \
             {}, city, isp, {}), {{q:String}}) > 0",
            if masks_money { "cutQueryStringAndFragment(referrer)" } else { "referrer" },
            subs.join(", ")
        ));
    }
    sql
}

pub fn bind(mut statement: Query, workspace: &str, query: &LogQuery) -> Query {
    statement = statement.param("ws", workspace);
    for (name, values) in &query.filters {
        statement = match *name {
            COUNTRY => {
                let upper: Vec<String> = values.iter().map(|value| value.to_uppercase()).collect();
                statement.param(COUNTRY, upper)
            }
            text if TEXTS.contains(&text) => statement.param(text, values),
            _ => statement,
        };
    }
    match &query.q {
        Some(q) => statement.param("q", q),
        None => statement,
    }
}

/// First and last time of the clicks that are asked for by id, where each id says it. UTC milliseconds.
pub fn times_of_ids(query: &LogQuery) -> Option<(i64, i64)> {
    let times: Option<Vec<i64>> = query.values("click_id").iter().map(|id| time_of(id)).collect();
    let times = times?;
    Some((*times.iter().min()?, *times.iter().max()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_filter_is_in_the_condition() {
        for filter in FILTERS {
            let value = filter.values.first().copied().unwrap_or("x");
            let query = LogQuery::parse(&format!("{}={value}", filter.name), &LIST).unwrap();
            let (with, without) = (condition(&query, false), condition(&LogQuery::default(), false));
            assert_ne!(with, without, "{}", filter.name);
        }
        let both = LogQuery::parse("is_bot=true,false", &LIST).unwrap();
        assert_eq!(condition(&both, false), condition(&LogQuery::default(), false));
    }
}
