//! The statements of an erasure. Pure.
//!
//! Ids of clicks and conversions are never part of them: they are read from `erasure_targets`. What is, are the
//! ids of the erasure, the workspace and the campaign, which are our own and plain.

use super::{Erasure, IdKind};

/// A table that names clicks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    pub table: &'static str,
    names: Names,
    /// Set when a row stays; none: it goes all the same.
    anonymised: Option<&'static str>,
}

/// How a row names a click.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Names {
    Click,
    /// Or the click's conversion.
    Conversion,
    /// Somewhere in a text.
    Text,
    /// As the click of a conversion.
    ConversionsClick,
}

const CLICK_BLANKS: &str = "source_click_id = '', ip_hash = '', ip_prefix = '', ip = '', user_agent = '', ua_hash = '', \
    referrer = '', sub1 = '', sub2 = '', sub3 = '', sub4 = '', sub5 = '', sub6 = '', sub7 = '', sub8 = '', sub9 = '', \
    sub10 = '', raw_query = '', query = map(), unreplaced = '', request_id = '', user_key = ''";
const CONVERSIONS: &str = "conversion_events";

/// A message with nothing between a field's name and its value but a colon.
const SPACELESS: &str = "replaceRegexpAll(raw_message, '\"\\\\s*:\\\\s*', '\":')";

/// What is looked at last names what is looked at first: conversions outlive their click in a crash between the two.
pub const EVENTS: [Place; 6] = [
    Place { table: "kafka_ingestion_errors", names: Names::Text, anonymised: None },
    Place { table: "postback_log_events", names: Names::Conversion, anonymised: None },
    Place { table: "conversion_versions", names: Names::Conversion, anonymised: None },
    Place { table: CONVERSIONS, names: Names::Conversion, anonymised: None },
    Place { table: "trafficback_events", names: Names::Click, anonymised: Some("visited_destinations = ''") },
    Place { table: "click_events", names: Names::Click, anonymised: Some(CLICK_BLANKS) },
];

/// Conversions beside their clicks, as they were added up: after the hours were marked, so that no report reads there.
pub const ADDED_UP: Place =
    Place { table: "conversion_rollup", names: Names::ConversionsClick, anonymised: None };

/// Everywhere.
pub fn places() -> impl Iterator<Item = Place> {
    EVENTS.into_iter().chain([ADDED_UP])
}

fn targets(database: &str, erasure: &Erasure, kind: &str) -> String {
    format!(
        "(SELECT value FROM {database}.erasure_targets WHERE erasure_id = '{}' AND kind = '{kind}')",
        erasure._id
    )
}

impl Place {
    /// Rows that name what is erased.
    pub fn condition(&self, database: &str, erasure: &Erasure) -> String {
        let workspace = &erasure.workspace_id;
        let of = |kind: &str| targets(database, erasure, kind);
        let by_click = format!("click_id IN {}", of("click_id"));
        match self.names {
            Names::Click => format!("workspace_id = '{workspace}' AND {by_click}"),
            Names::ConversionsClick => {
                let clicks = of("click_id");
                format!(
                    "workspace_id = '{workspace}' AND (joined_click_id IN {clicks} OR click_click_id IN {clicks})"
                )
            }
            Names::Conversion => {
                format!(
                    "workspace_id = '{workspace}' AND ({by_click} OR conversion_id IN {})",
                    of("conversion_id")
                )
            }
            Names::Text => self.of_messages(database, erasure),
        }
    }

    /// By its fields, a message that is JSON: an id may well be a word or a number that stands for something else in
    /// others. One that is not, such as one that was cut, by its text.
    fn of_messages(&self, database: &str, erasure: &Erasure) -> String {
        let workspace = &erasure.workspace_id;
        let of = |kind: IdKind| targets(database, erasure, kind.as_str());
        let field = |name: &str| format!("JSONExtractString(raw_message, '{name}')");
        let (click, source) = (field(IdKind::ClickId.as_str()), field(IdKind::SourceClickId.as_str()));
        // A click is of one campaign; a source may give its ids anew in each.
        let campaign = erasure.campaign_id.as_ref();
        let of_campaign = campaign.map(|id| format!(" AND {} = '{id}'", field("campaign_id")));
        let naming_campaign = campaign.map(|id| format!(" AND position(raw_message, '{id}') > 0"));
        let by_fields = format!(
            "{} = '{workspace}' AND ({click} IN {} OR ({source} IN {}{}))",
            field("workspace_id"),
            of(IdKind::ClickId),
            of(IdKind::SourceClickId),
            of_campaign.unwrap_or_default()
        );
        let named = |kind: IdKind, before: &str| {
            format!(
                "arrayExists(v -> position({SPACELESS}, concat('{before}\"', v, '\"')) > 0, \
                 (SELECT groupArray(value) FROM {database}.erasure_targets WHERE erasure_id = '{}' AND kind = '{}'))",
                erasure._id,
                kind.as_str()
            )
        };
        let by_text = format!(
            "position(raw_message, '{workspace}') > 0 AND ({} OR ({}{}))",
            named(IdKind::ClickId, ""),
            named(IdKind::SourceClickId, "\"source_click_id\":"),
            naming_campaign.unwrap_or_default()
        );
        format!("if(isValidJSON(raw_message), {by_fields}, {by_text})")
    }

    /// The mutations that erase; each in turn.
    pub fn mutations(&self, database: &str, erasure: &Erasure) -> Vec<String> {
        let (table, condition) = (self.table, self.condition(database, erasure));
        let sync = "SETTINGS mutations_sync = 1";
        match self.anonymised.filter(|_| erasure.anonymise) {
            None => vec![format!("ALTER TABLE {table} DELETE WHERE {condition} {sync}")],
            Some(blanks) => {
                let of_one = |pseudonym: &str| {
                    format!(
                        "ALTER TABLE {table} UPDATE click_id = '{pseudonym}', {blanks} \
                         WHERE workspace_id = '{}' AND click_id IN (SELECT value FROM {database}.erasure_targets \
                         WHERE erasure_id = '{}' AND kind = 'click_id' AND pseudonym = '{pseudonym}') {sync}",
                        erasure.workspace_id, erasure._id
                    )
                };
                erasure.targets.iter().map(|target| of_one(&target.pseudonym)).collect()
            }
        }
    }

    /// What keeps the amounts of rows that go: each conversion once more, as it stands, under ids that were made up. One
    /// that was copied before is not copied again, whatever came of it since. None where rows are kept in place,
    /// or not at all. With the parameters `k0` and `k1`.
    ///
    /// A conversion cannot be renamed in place: its id is of the sorting key. Under its old one the next status of the
    /// same transaction, which is a first version again, would stand beside the row that was kept, or behind it.
    pub fn copies(&self, database: &str, erasure: &Erasure) -> Option<String> {
        if !erasure.anonymise || self.table != CONVERSIONS {
            return None;
        }
        let (workspace, condition) = (&erasure.workspace_id, self.condition(database, erasure));
        let pseudonyms = format!(
            "(SELECT groupArray((value, pseudonym)) FROM {database}.erasure_targets WHERE erasure_id = '{}' AND kind = 'click_id')",
            erasure._id
        );
        let copy = "concat('erased-', lower(hex(sipHash128Keyed(({k0:UInt64}, {k1:UInt64}), \
                    concat(workspace_id, '|conversion_id|', conversion_id)))))";
        // When it came stays as it was, so that nothing that reads what arrived takes it for new.
        Some(format!(
            "INSERT INTO {CONVERSIONS} SELECT * EXCEPT (copy, pseudonym) REPLACE (copy AS conversion_id, \
             pseudonym AS click_id, '' AS transaction_id, '' AS raw_payload, '' AS postback_id) FROM \
             (SELECT *, {copy} AS copy, arrayFirst(t -> t.1 = click_id, {pseudonyms}).2 AS pseudonym \
             FROM {CONVERSIONS} FINAL WHERE {condition}) WHERE copy NOT IN (SELECT conversion_id FROM {CONVERSIONS} \
             WHERE workspace_id = '{workspace}' AND startsWith(conversion_id, 'erased-'))"
        ))
    }

    pub fn count(&self, database: &str, erasure: &Erasure) -> String {
        format!("SELECT count() FROM {} WHERE {}", self.table, self.condition(database, erasure))
    }
}

/// Hours of what is erased, counted since 1970, of a table that is added up.
pub fn hours(table: &str, database: &str, erasure: &Erasure) -> String {
    let condition =
        EVENTS.iter().find(|place| place.table == table).map(|place| place.condition(database, erasure));
    let condition = condition.unwrap_or_else(|| "0".to_owned());
    format!(
        "SELECT DISTINCT intDiv(toUnixTimestamp64Milli(created_at), 3600000) AS hour FROM {table} WHERE {condition} ORDER BY hour"
    )
}

/// Clicks that a source's id stands for; with the parameters `ws`, `id` and `campaign`.
pub fn clicks_of_source(limit: usize) -> String {
    format!(
        "SELECT DISTINCT click_id FROM click_events WHERE workspace_id = {{ws:String}} AND source_click_id = {{id:String}} \
         AND ({{campaign:String}} = '' OR campaign_id = {{campaign:String}}) ORDER BY click_id LIMIT {limit}"
    )
}

/// Conversions of the targets.
pub fn conversions(database: &str, erasure: &Erasure) -> String {
    let of = |table: &str| {
        format!(
            "SELECT conversion_id FROM {table} WHERE workspace_id = '{}' AND conversion_id != '' AND click_id IN {}",
            erasure.workspace_id,
            targets(database, erasure, IdKind::ClickId.as_str())
        )
    };
    let all = ["conversion_versions", "conversion_events", "postback_log_events"].map(of).join(" UNION ALL ");
    format!("SELECT DISTINCT conversion_id FROM ({all})")
}

#[cfg(test)]
mod tests {
    use mongodb::bson::DateTime;

    use super::{super::*, *};
    use crate::access::ActorKind;

    fn erasure(anonymise: bool) -> Erasure {
        Erasure {
            _id: "E1".into(),
            workspace_id: "W1".into(),
            state: ErasureState::Queued,
            kind: IdKind::SourceClickId,
            identifier: Some("'; DROP TABLE click_events; --".into()),
            campaign_id: Some("C1".into()),
            anonymise,
            requested_at: DateTime::from_millis(0),
            requested_by: Actor { kind: ActorKind::Bootstrap, id: String::new(), name: String::new() },
            targets: vec![Target { click_id: "secret-click".into(), pseudonym: "erased-E1-0".into() }],
            conversion_ids: vec!["secret-conversion".into()],
            click_hours: Vec::new(),
            conversion_hours: Vec::new(),
            removed: BTreeMap::new(),
            settle_until: None,
            done_at: None,
            repeats: 0,
            passes: 0,
            error: None,
        }
    }

    #[test]
    fn no_id_of_a_click_is_in_a_statement() {
        for anonymise in [false, true] {
            let erasure = erasure(anonymise);
            let mut all: Vec<String> = places().flat_map(|place| place.mutations("db", &erasure)).collect();
            all.extend(places().map(|place| place.count("db", &erasure)));
            all.extend(places().filter_map(|place| place.copies("db", &erasure)));
            all.extend([conversions("db", &erasure), clicks_of_source(10)]);
            for sql in all {
                assert!(!sql.contains("secret") && !sql.contains("DROP"), "{sql}");
            }
        }
    }

    #[test]
    fn what_is_anonymised_keeps_its_row_and_the_rest_goes() {
        let erasure = erasure(true);
        for place in places() {
            let is_kept = ["click_events", "trafficback_events"].contains(&place.table);
            assert_eq!(place.copies("db", &erasure).is_some(), place.table == CONVERSIONS);
            for sql in place.mutations("db", &erasure) {
                assert_eq!(sql.contains(" UPDATE click_id = 'erased-E1-0'"), is_kept, "{sql}");
                assert_eq!(sql.contains(" DELETE WHERE "), !is_kept, "{sql}");
            }
        }
    }
}
