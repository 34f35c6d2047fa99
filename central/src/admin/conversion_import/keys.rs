//! What the rows of an import are known by: the same whenever the request is sent again.
//!
//! A key is a hash of what the row says, and of how many rows before it in the request say the same: two rows
//! that are alike are two postbacks. Neither the place of a row nor the order of its fields matters.

use std::collections::HashMap;

use traffoflex_wire::outbound::ImportRow;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

/// Over the rows of one request.
#[derive(Debug, Default)]
pub struct Keys {
    alike: HashMap<u128, u64>,
    /// Rows of a conversion at the same time.
    at_once: HashMap<(String, i64), i64>,
}

impl Keys {
    /// Gives the row its key. Of rows that name the same time for the same conversion, each is put a millisecond
    /// behind the one before, since what they say is ordered by time and nothing else.
    pub fn give(&mut self, row: &mut ImportRow, network_id: &str, conversion_id: &str) {
        let said = hash_of(row, network_id);
        let before = self.alike.entry(said).or_default();
        row.key =
            format!("{:032x}", xxh3_128(&[said.to_le_bytes().as_slice(), &before.to_le_bytes()].concat()));
        *before += 1;
        if let Some(at_ms) = &mut row.received_at {
            let later = self.at_once.entry((conversion_id.to_owned(), *at_ms)).or_default();
            *at_ms += *later;
            *later += 1;
        }
    }
}

fn hash_of(row: &ImportRow, network_id: &str) -> u128 {
    let mut fields: Vec<(String, &str)> =
        row.fields.iter().map(|(name, value)| (name.trim().to_lowercase(), value.trim())).collect();
    // Values of one name stay in their order: the first one counts.
    fields.sort_by(|left, right| left.0.cmp(&right.0));
    let mut hash = Xxh3::new();
    // With lengths, or parts could be moved from one to the next.
    let mut add = |part: &str| {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    };
    add(network_id);
    add(&row.received_at.map(|at_ms| at_ms.to_string()).unwrap_or_default());
    for (name, value) in &fields {
        add(name);
        add(value);
    }
    hash.digest128()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(fields: &[(&str, &str)], received_at: Option<i64>) -> ImportRow {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        ImportRow { network: "n".to_owned(), fields, received_at, key: String::new() }
    }

    fn keys(rows: &[ImportRow]) -> Vec<ImportRow> {
        let (mut keys, mut rows) = (Keys::default(), rows.to_vec());
        rows.iter_mut().for_each(|row| keys.give(row, "network", "conversion"));
        rows
    }

    #[test]
    fn a_row_has_the_same_key_each_time_and_no_other_row_has_it() {
        let (a, b) = (("tid", "t"), ("payout", "1"));
        let first = row(&[a, b], None);
        let others = [
            row(&[a, ("payout", "2")], None),
            row(&[a, b], Some(5)),
            row(&[a], None),
            row(&[("tid", "tpayout"), ("", "1")], None),
            row(&[a, ("payout", "1"), ("payout", "2")], None),
            row(&[a, ("payout", "2"), ("payout", "1")], None),
        ];
        let rows: Vec<ImportRow> = [first.clone(), first.clone()].into_iter().chain(others).collect();
        let given = keys(&rows);
        let mut different: Vec<&String> = given.iter().map(|row| &row.key).collect();
        different.sort();
        different.dedup();
        assert_eq!(different.len(), rows.len(), "rows that are alike are two all the same");
        assert_eq!(keys(&rows), given);
        let mut backwards = rows.clone();
        backwards.reverse();
        let mut found: Vec<String> = keys(&backwards).into_iter().map(|row| row.key).collect();
        found.sort();
        assert!(different.into_iter().eq(&found), "their places do not matter");
        let same = keys(&[row(&[("Payout", " 1"), ("TID", "t")], None)]);
        assert_eq!(same[0].key, given[0].key, "nor does the order of fields");
    }

    #[test]
    fn rows_of_a_conversion_at_the_same_time_stay_in_their_order() {
        let of = |status: &str, at: i64| row(&[("tid", "t"), ("status", status)], Some(at));
        let rows = keys(&[of("sale", 10), of("lead", 10), of("rejected", 10), of("hold", 20)]);
        let times: Vec<i64> = rows.iter().filter_map(|row| row.received_at).collect();
        assert_eq!(times, [10, 11, 12, 20]);
    }
}
