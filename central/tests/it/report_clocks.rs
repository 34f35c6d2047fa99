//! Days of 23 hours, and midnights that do not exist.

use jiff::{ToSpan, tz::TimeZone};
use serde_json::{Value, json};

use crate::{
    ledger::ms,
    world::{World, click},
};

fn number(row: &Value, name: &str) -> u64 {
    row[name].as_u64().unwrap_or_else(|| panic!("{name} of {row}"))
}

/// Clocks there go from midnight to one o'clock: that hour is in no day, and the hour before is in the day before.
#[tokio::test(flavor = "multi_thread")]
async fn a_comparison_loses_nothing_where_clocks_change_at_midnight() {
    let world = World::start().await;
    let workspace = world.workspace_id().await;
    let hour_ms = 3_600_000;
    // A click in each hour of these days.
    for (seq, (zone, first, changes)) in [
        ("Africa/Cairo", "2026-04-21T22:00:00Z", "2026-04-24"),
        ("America/Santiago", "2026-09-03T04:00:00Z", "2026-09-06"),
        ("Europe/Berlin", "2026-03-26T23:00:00Z", "2026-03-29"),
    ]
    .into_iter()
    .enumerate()
    {
        let lines = (1..=120).flat_map(|i| {
            let own = json!({ "workspace_id": workspace, "campaign_id": "c1", "created_at": ms(first) + (i as i64 - 1) * hour_ms });
            click("n1", 1, seq as u64 * 120 + i, own)
        });
        world.ingest("n1", 1, (seq as u64 * 120 + 1, seq as u64 * 120 + 120), lines.collect()).await;
        let tz = TimeZone::get(zone).unwrap();
        let midnight =
            |day: jiff::civil::Date| day.to_zoned(tz.clone()).unwrap().start_of_day().unwrap().timestamp();
        let changes: jiff::civil::Date = changes.parse().unwrap();
        let hours = |day: jiff::civil::Date| {
            let next = midnight(day.tomorrow().unwrap());
            (next.as_second() - midnight(day).as_second()) as u64 / 3600
        };
        assert_eq!(hours(changes), 23, "{zone}");
        for (day, days) in [(changes, 1), (changes.tomorrow().unwrap(), 1), (changes, 2)] {
            let end = day.checked_add(days.days()).unwrap();
            let base = format!(
                "from={}&to={}&timezone={zone}&compare=previous_period",
                midnight(day),
                midnight(end)
            );
            let daily = world.get(&format!("/api/reports/daily?{base}")).await.body;
            let rows = daily["items"].as_array().unwrap();
            assert_eq!(rows.len(), days as usize, "{zone} {day}: {daily}");
            for (row, n) in rows.iter().zip(0..) {
                let (now, before) =
                    (day.checked_add(n.days()).unwrap(), day.checked_sub((days - n).days()).unwrap());
                assert_eq!(
                    (row["day"].as_str(), number(row, "clicks")),
                    (Some(&*now.to_string()), hours(now)),
                    "{zone}"
                );
                assert_eq!(number(&row["previous"], "clicks"), hours(before), "{zone} {day} before {now}");
            }
            let sum: u64 = rows.iter().map(|row| number(&row["previous"], "clicks")).sum();
            for by in ["day", "week", "month", "weekday", "hour", "hour_of_day"] {
                let report =
                    world.get(&format!("/api/reports/grouped?{base}&group_by={by}&limit=500")).await.body;
                let rows = report["items"].as_array().unwrap();
                let of_groups: u64 = rows.iter().map(|row| number(&row["previous"], "clicks")).sum();
                assert_eq!(
                    (of_groups, number(&report["totals"]["previous"], "clicks")),
                    (sum, sum),
                    "{zone} {by}"
                );
                if by == "day" || by == "hour" {
                    let is_within =
                        |row: &Value| (day..end).contains(&row[by].as_str().unwrap()[..10].parse().unwrap());
                    assert!(rows.iter().all(is_within), "{zone} {by}: {report}");
                }
            }
        }
    }
}
