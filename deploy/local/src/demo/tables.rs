//! Report rows as aligned text.

use serde_json::Value;

use super::thousands;
use crate::launcher::say;

const COLUMNS: [(&str, &str); 4] =
    [("Clicks", "clicks"), ("Unique", "unique_clicks"), ("Bots", "bots"), ("Cost", "cost")];

/// Prints the rows of a grouped report and their totals.
pub fn print(title: &str, dimension: &str, report: &Value) {
    say("");
    for line in lines(title, dimension, report) {
        say(line);
    }
}

fn lines(title: &str, dimension: &str, report: &Value) -> Vec<String> {
    let name_field = format!("{dimension}_name");
    let items = report["items"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut table: Vec<Vec<String>> = vec![row(title.to_owned(), |(heading, _)| heading.to_owned())];
    for item in items {
        let name = [&item[&name_field], &item[dimension]].into_iter().find_map(|v| v.as_str());
        let name = name.filter(|name| !name.is_empty()).unwrap_or("(unknown)");
        table.push(row(name.to_owned(), |(_, field)| number(&item[field])));
    }
    let shown = items.len() as u64;
    let all = report["total"].as_u64().unwrap_or(shown);
    let label = if all > shown { format!("all {}", thousands(all)) } else { "total".to_owned() };
    table.push(row(label, |(_, field)| number(&report["totals"][field])));
    let width = |column: usize| table.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..=COLUMNS.len()).map(width).collect();
    let line = |row: &Vec<String>| {
        let mut text = format!("{:<1$}", row[0], widths[0]);
        for (cell, width) in row.iter().zip(&widths).skip(1) {
            text.push_str(&format!("  {cell:>width$}"));
        }
        text
    };
    table.iter().map(line).collect()
}

fn row(name: String, cell: impl Fn((&'static str, &'static str)) -> String) -> Vec<String> {
    std::iter::once(name).chain(COLUMNS.map(cell)).collect()
}

/// Counts are numbers, money is a decimal string.
fn number(value: &Value) -> String {
    match value {
        Value::String(money) => money.clone(),
        value => value.as_u64().map_or_else(|| "-".to_owned(), thousands),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn columns_line_up() {
        let report = json!({
            "items": [
                { "country": "US", "clicks": 1200, "unique_clicks": 1100, "bots": 0, "cost": "12.5" },
                { "country": "", "clicks": 3, "unique_clicks": 3, "bots": 1, "cost": "0.01" },
            ],
            "totals": { "clicks": 1300, "unique_clicks": 1200, "bots": 1, "cost": "13" },
            "total": 40,
        });
        let expected = [
            "Country    Clicks  Unique  Bots  Cost",
            "US          1,200   1,100     0  12.5",
            "(unknown)       3       3     1  0.01",
            "all 40      1,300   1,200     1    13",
        ];
        assert_eq!(lines("Country", "country", &report), expected);
    }
}
