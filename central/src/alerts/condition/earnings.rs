//! What campaigns cost and earned in a window, in the workspace's currency: as reports count it, see
//! [`crate::money::conversion`].

use rust_decimal::Decimal;
use serde::Deserialize;
use traffoflex_model::decimal_str;
use traffoflex_routing::cap::CapWindow;

use super::{LIMITS, MeasureError, Scene, Subject, SubjectKind, campaign_names};
use crate::{
    admin::validate::Errors,
    money::conversion::{self, JOINED, KEYS},
    warehouse::WarehouseError,
};

const MAX_WINDOW_HOURS: u32 = 35 * 24;
const BASE: &str = "{base:String}";

/// Of one subject.
#[derive(Debug, Clone, Deserialize)]
pub struct Earned {
    campaign: String,
    #[serde(with = "decimal_str")]
    pub cost: Decimal,
    #[serde(with = "decimal_str")]
    pub revenue: Decimal,
    /// Currencies without a rate: their amounts are missing.
    pub missing: Vec<String>,
}

/// Which campaigns: one, each, or all together.
#[derive(Debug, Clone, Copy)]
pub struct Scope<'a> {
    pub campaign_id: Option<&'a str>,
    pub each_campaign: bool,
}

/// Either the last so many hours or the calendar day of a time zone.
pub fn window(hours: Option<u32>, timezone: Option<&str>) -> Result<CapWindow, (&'static str, String)> {
    match (hours, timezone) {
        (Some(hours), None) if (1..=MAX_WINDOW_HOURS).contains(&hours) => Ok(CapWindow::Rolling { hours }),
        (Some(_), None) => Err(("window_hours", format!("1 to {MAX_WINDOW_HOURS}"))),
        (None, Some(name)) => jiff::tz::TimeZone::get(name)
            .map(CapWindow::Day)
            .map_err(|_| ("calendar_timezone", "an IANA time zone, for example Europe/Berlin".to_owned())),
        _ => Err(("window_hours", "either this or calendar_timezone".to_owned())),
    }
}

/// Not negative, and no more than the warehouse can hold.
pub fn check_amount(errors: &mut Errors, field: &str, amount: Option<Decimal>) {
    match amount {
        None => errors.add(field, "required"),
        Some(amount) if amount.is_sign_negative() || amount > Decimal::from(1_000_000_000_000_u64) => {
            errors.add(field, "0 to 1000000000000");
        }
        Some(_) => {}
    }
}

/// What the workspace counts in.
pub async fn currency(scene: &Scene<'_>) -> String {
    let look = scene.app.publisher.inspect(|view| {
        let workspace = view.state.workspaces.get(scene.workspace_id);
        workspace.map_or_else(|| "USD".to_owned(), |workspace| workspace.currency.to_string())
    });
    look.await
}

/// Subjects with clicks or conversions in the window.
pub async fn earned(
    scene: &Scene<'_>,
    scope: Scope<'_>,
    window: &CapWindow,
    currency: &str,
) -> Result<Vec<(Subject, Earned)>, MeasureError> {
    let by_campaign = scope.each_campaign || scope.campaign_id.is_some();
    let mut query = scene
        .app
        .warehouse
        .client()
        .query_raw(&sql(by_campaign))
        .param("ws", scene.workspace_id)
        .param("base", currency)
        .param("campaign", scope.campaign_id.unwrap_or_default())
        .param("from", window.since_ms(scene.now_ms))
        .param("to", scene.now_ms);
    for (name, value) in LIMITS {
        query = query.with_setting(name, value);
    }
    let names = campaign_names(scene).await;
    let mut found = Vec::new();
    for row in scene.app.warehouse.rows(query).await? {
        let row: Earned = serde_json::from_value(row).map_err(WarehouseError::from)?;
        let subject = match (by_campaign, names.get(&row.campaign)) {
            (false, _) => Subject::of(SubjectKind::Workspace, scene.workspace_id, ""),
            (true, Some(name)) => Subject::of(SubjectKind::Campaign, &row.campaign, name),
            // Deleted meanwhile.
            (true, None) => continue,
        };
        found.push((subject, row));
    }
    Ok(found)
}

fn sql(by_campaign: bool) -> String {
    let campaign = if by_campaign { "toString(campaign_id)" } else { "''" };
    let keys = conversion::keys("toString(workspace_id)", BASE, "currency", "created_at");
    let of = "workspace_id = {ws:String} AND created_at >= fromUnixTimestamp64Milli({from:Int64}) \
              AND created_at < fromUnixTimestamp64Milli({to:Int64}) \
              AND ({campaign:String} = '' OR campaign_id = {campaign:String})";
    let rows = format!(
        "SELECT {campaign} AS campaign, {keys}, cost AS row_cost, toDecimal64(0, 6) AS row_revenue \
         FROM click_events FINAL WHERE {of} \
         UNION ALL SELECT {campaign} AS campaign, {keys}, toDecimal64(0, 6) AS row_cost, payout AS row_revenue \
         FROM conversion_events FINAL WHERE {of} AND status = 'sale'"
    );
    let added_up = format!(
        "SELECT campaign, {KEYS}, sum(row_cost) AS s_cost, sum(row_revenue) AS s_revenue FROM ({rows}) GROUP BY campaign, {KEYS}"
    );
    format!(
        "SELECT l.campaign AS campaign, {} AS cost, {} AS revenue, {} AS missing {} GROUP BY campaign ORDER BY campaign",
        JOINED.sum("s_cost"),
        JOINED.sum("s_revenue"),
        JOINED.missing(&["s_cost", "s_revenue"]),
        conversion::joined(&added_up),
    )
}
