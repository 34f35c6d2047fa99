//! What destinations earned in the streams that rank by it. Clicks are those of people whom the stream
//! sent there; cost is that of machines too, since it was paid; revenue is the payout of sales, at the
//! time of the sale. What clicks on landing pages cost is shared by the offers behind them, by clicks:
//! the second step itself costs nothing. All of it is in the workspace's currency.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;
use traffoflex_model::{DestinationId, Money, StreamId, decimal_str};
use traffoflex_wire::runtime::{DestinationEarnings, StreamEarnings};

use super::{BASE, MAX_PER_QUERY, RuntimeFeedError, demand::Demand, rows};
use crate::{
    money::conversion::{self, JOINED, KEYS},
    warehouse::Warehouse,
};

const MS_PER_HOUR: i64 = 3_600_000;

/// By stream, destination, currency and day.
fn added_up() -> String {
    let keys = conversion::keys("toString(workspace_id)", BASE, "currency", "created_at");
    format!(
        "SELECT e.stream_id AS stream_id, e.destination_id AS destination_id, {KEYS}, sum(e.clicks) AS clicks, \
         sum(e.cost) AS cost, sum(e.revenue) AS revenue FROM (\
         SELECT toString(stream_id) AS stream_id, toString(destination_id) AS destination_id, created_at, {keys}, \
         toUInt64(NOT is_bot) AS clicks, cost, toDecimal64(0, 6) AS revenue FROM click_events FINAL \
         WHERE workspace_id IN (SELECT arrayJoin({{workspaces:Array(String)}})) \
         AND campaign_id IN (SELECT arrayJoin({{campaigns:Array(String)}})) \
         AND created_at >= fromUnixTimestamp64Milli({{oldest:Int64}}) \
         AND stream_id IN (SELECT arrayJoin({{streams:Array(String)}})) AND decision IN ('routed', 'landing_click') \
         UNION ALL \
         SELECT toString(stream_id) AS stream_id, toString(destination_id) AS destination_id, created_at, {keys}, \
         toUInt64(0) AS clicks, toDecimal64(0, 6) AS cost, payout AS revenue FROM conversion_events FINAL \
         WHERE workspace_id IN (SELECT arrayJoin({{workspaces:Array(String)}})) \
         AND created_at >= fromUnixTimestamp64Milli({{oldest:Int64}}) \
         AND stream_id IN (SELECT arrayJoin({{streams:Array(String)}})) AND status = 'sale') AS e \
         INNER JOIN (SELECT tupleElement(row, 1) AS stream_id, tupleElement(row, 2) AS since \
         FROM (SELECT arrayJoin(arrayZip({{streams:Array(String)}}, {{since:Array(Int64)}})) AS row)) AS w \
         ON e.stream_id = w.stream_id WHERE e.created_at >= fromUnixTimestamp64Milli(w.since) \
         AND e.destination_id != '' GROUP BY stream_id, destination_id, {KEYS}"
    )
}

fn sql() -> String {
    format!(
        "SELECT l.stream_id AS stream_id, l.destination_id AS destination_id, sum(l.clicks) AS clicks, \
         {} AS cost, {} AS revenue {} GROUP BY stream_id, destination_id ORDER BY stream_id, destination_id",
        JOINED.sum("cost"),
        JOINED.sum("revenue"),
        conversion::joined(&added_up())
    )
}

#[derive(Deserialize)]
struct Row {
    stream_id: StreamId,
    destination_id: DestinationId,
    clicks: u64,
    #[serde(with = "decimal_str")]
    cost: Decimal,
    #[serde(with = "decimal_str")]
    revenue: Decimal,
}

pub async fn measure(
    warehouse: &Warehouse,
    demand: &Demand,
    now_ms: i64,
) -> Result<Vec<StreamEarnings>, RuntimeFeedError> {
    let mut earned: BTreeMap<StreamId, Vec<DestinationEarnings>> = BTreeMap::new();
    let sql = sql();
    for streams in demand.streams.chunks(MAX_PER_QUERY) {
        let ids: Vec<&str> = streams.iter().map(|stream| &*stream.stream_id).collect();
        let campaigns: Vec<&str> = streams.iter().map(|stream| stream.campaign_id.as_str()).collect();
        let since: Vec<i64> =
            streams.iter().map(|stream| now_ms - i64::from(stream.window_hours) * MS_PER_HOUR).collect();
        let query = warehouse
            .client()
            .query_raw(&sql)
            .param("workspaces", &demand.workspaces)
            .param("currencies", &demand.currencies)
            .param("campaigns", &campaigns)
            .param("streams", &ids)
            .param("oldest", since.iter().min().copied().unwrap_or(now_ms))
            .param("since", &since);
        for Row { stream_id, destination_id, clicks, cost, revenue } in rows(warehouse, query).await? {
            let earnings = DestinationEarnings { destination_id, clicks, cost, revenue };
            earned.entry(stream_id).or_default().push(earnings);
        }
    }
    for stream in demand.streams.iter().filter(|stream| !stream.landings.is_empty()) {
        if let Some(destinations) = earned.get_mut(&stream.stream_id) {
            share_landing_cost(destinations, &stream.landings);
        }
    }
    let streams = earned.into_iter();
    Ok(streams.map(|(stream_id, destinations)| StreamEarnings { stream_id, destinations }).collect())
}

/// Takes the pages out and adds what they cost to the others in proportion to their clicks.
fn share_landing_cost(destinations: &mut Vec<DestinationEarnings>, landings: &[DestinationId]) {
    let (pages, offers): (Vec<_>, Vec<_>) = std::mem::take(destinations)
        .into_iter()
        .partition(|earned| landings.contains(&earned.destination_id));
    let cost: Decimal = pages.iter().map(|page| page.cost).sum();
    let clicks: u64 = offers.iter().map(|offer| offer.clicks).sum();
    let shared = offers.into_iter().map(|offer| {
        let share = (cost * Decimal::from(offer.clicks)).checked_div(Decimal::from(clicks));
        let share = share.unwrap_or_default().round_dp(Money::SCALE);
        DestinationEarnings { cost: offer.cost + share, ..offer }
    });
    *destinations = shared.collect();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offers_pay_for_the_pages_before_them() {
        let earned = |id: &str, clicks: u64, cost: i64| DestinationEarnings {
            destination_id: id.into(),
            clicks,
            cost: Decimal::new(cost, 2),
            revenue: Decimal::ZERO,
        };
        let landings = ["page".into(), "other".into()];
        let mut both =
            vec![earned("a", 3, 0), earned("b", 1, 5), earned("other", 2, 100), earned("page", 9, 300)];
        share_landing_cost(&mut both, &landings);
        assert_eq!(both, [earned("a", 3, 300), earned("b", 1, 105)]);
        let mut nobody_went_on = vec![earned("page", 9, 300)];
        share_landing_cost(&mut nobody_went_on, &landings);
        assert_eq!(nobody_went_on, []);
    }
}
